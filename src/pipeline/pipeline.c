#include "pipeline/pipeline.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/source.h"
#include "exchange/tape.h"
#include "facts/encrypted.h"
#include "facts/facts.h"
#include "facts/frame.h"
#include "packet/fragment.h"
#include "packet/streams.h"
#include "packet/tcp.h"
#include "pipeline/input_rows.h"
#include "pipeline/reader.h"
#include "util/hash.h"

/* The years 1737 to 2203: what lies beyond has no time, so that adding a
 * horizon to a time never overflows. CAPTURE_NO_TIME lies beyond. */
static const int64_t farthest_ns = INT64_MAX / 5 * 4;

/* The labels that captures bring along may take this part of the memory; they
 * come in while the tables grow, and neither waits for the other. */
enum { LABEL_SHARE = 32 };

/* Of the memory, and at most so many octets, each edge of a part may take. */
enum { EDGE_SHARE = 64, EDGE_MOST = 4 << 20 };

struct run {
    const struct pipeline_options *options;
    const struct facts_sink *sink;
    struct pipeline_input *inputs;
    size_t count;
    size_t saved; /* inputs, up to here, that were read and have their rows */
    struct pipeline_result result;
    struct pipeline_reader *reader;
    /* Messages to be taken: some in a row of a decoded batch, or the first of
     * those made here. */
    struct exchange_message *pending;
    size_t pending_count;
    struct exchange_message made[EXCHANGE_BATCH];
    struct budget budget;
    struct budget label_budget; /* the reader's, while it reads */
    uint64_t seed;
    struct packet_fragments *fragments;
    struct packet_streams *streams;
    struct exchange *exchange;
    struct exchange_tape *tape; /* NULL: no edges are wanted */
    struct facts *facts;
    struct facts_context context;
    struct facts_frames fates;
    struct facts_encrypted *encrypted;
    struct facts_part part;
    struct pipeline_span *spans; /* by input */
    char *ports;
    struct labels *labels; /* the user's, then those of the captures */
    int64_t now_ns;        /* of the newest frame with a time */
    uint64_t messages;
    int64_t end_ns; /* on the monotonic clock, with options->duration_ns */
};

void pipeline_options_init(struct pipeline_options *options)
{
    *options = (struct pipeline_options){
        .timeout_ns = INT64_C(5000000000),
        .window_ns = INT64_C(60000000000),
        .max_memory = (size_t)512 << 20,
        .threads = 1,
    };
    packet_ports_add(&options->ports, 53);
}

enum { PORTS = 65536 };

/* The first of `ports` from `port` on, or PORTS. Most words of the set are
 * empty, and a short run should not look at each port. */
static unsigned next_port(const struct packet_ports *ports, unsigned port)
{
    while (port < PORTS && !packet_ports_has(ports, (uint16_t)port))
        port = ports->bits[port >> 6] ? port + 1 : (port | 63) + 1;
    return port;
}

/* "53,5300": at most six octets a port. */
static char *ports_text(const struct packet_ports *ports)
{
    size_t n = 0, used = 0;
    for (unsigned p = next_port(ports, 0); p < PORTS;
         p = next_port(ports, p + 1))
        n++;
    char *text = malloc(n * 6 + 1);
    if (!text)
        return NULL;
    text[0] = '\0';
    for (unsigned p = next_port(ports, 0); p < PORTS;
         p = next_port(ports, p + 1))
        used += (size_t)sprintf(text + used, "%s%u", used ? "," : "", p);
    return text;
}

static void hear(void *context, const struct exchange_events *events)
{
    struct run *r = context;
    facts_take(r->facts, events);
}

static void flush(struct run *r)
{
    if (r->pending_count)
        exchange_take(r->exchange, r->pending, r->pending_count);
    r->messages += r->pending_count;
    r->pending_count = 0;
}

static void set_time(const struct run *r, struct exchange_message *m,
                     uint64_t frame, bool timed)
{
    m->clock_ns = m->time_ns = m->seen.time_ns = r->now_ns;
    m->timed = timed;
    m->frame = frame;
}

/* A message that is made here, read from a datagram; its times are those of the
 * frame. It counts only when it is kept. */
static struct exchange_message *
read_message(struct run *r, const struct packet_datagram *datagram,
             uint64_t frame, bool timed)
{
    struct exchange_message *m =
        &r->made[r->pending == r->made ? r->pending_count : 0];
    exchange_message_read(datagram, r->seed, m);
    set_time(r, m, frame, timed);
    return m;
}

/* Returns whether it is used. */
static bool keep_message(struct run *r, const struct packet_datagram *datagram,
                         struct exchange_message *m)
{
    if (!(m->dns.has & DNS_HAS_HEADER))
        return false;
    exchange_tape_take(r->tape, datagram, m);
    if (m != r->pending + r->pending_count)
        flush(r);
    if (r->pending_count == 0)
        r->pending = m;
    if (++r->pending_count == EXCHANGE_BATCH)
        flush(r);
    return true;
}

/* What the streams have made of the segments so far. */
static void take_streams(struct run *r, bool timed)
{
    struct packet_tcp_message tcp;
    while (packet_streams_next(r->streams, &tcp)) {
        struct exchange_message *m =
            read_message(r, &tcp.datagram, tcp.frame, timed);
        m->time_ns = tcp.time_ns;
        (void)keep_message(r, &tcp.datagram, m);
        if (!tcp.in_frame)
            flush(r); /* it lives until the next call */
    }
    struct packet_tcp_connection connection;
    while (packet_streams_connection(r->streams, &connection)) {
        flush(r);
        exchange_tape_connect(r->tape, &connection);
        exchange_connect(r->exchange, &connection);
    }
}

static bool is_syn(const struct packet_datagram *d)
{
    return (d->tcp_flags & (PACKET_TCP_SYN | PACKET_TCP_ACK)) == PACKET_TCP_SYN;
}

/* A datagram that was put together, or what there is of one whose rest never
 * came: then its frames are told as incomplete, and what they hold is used. */
static void take_whole(struct run *r, const struct packet_whole *w, bool timed)
{
    if (w->status == PACKET_TCP_DNS) {
        facts_frames_add(&r->fates.packet[PACKET_FRAGMENT_TCP], w->frames - 1,
                         w->first_frame);
        packet_streams_take(r->streams, &w->datagram, w->time_ns, w->frame);
        take_streams(r, timed);
        return;
    }
    struct exchange_message *m = NULL;
    if (w->has_datagram) {
        m = read_message(r, &w->datagram, w->frame, timed);
        m->time_ns = m->seen.time_ns = w->time_ns;
    }
    facts_frames_add(w->status == PACKET_OK && m ? &r->fates.dns[m->dns.status]
                                                 : &r->fates.packet[w->status],
                     w->frames, w->first_frame);
    if (m)
        (void)keep_message(r, &w->datagram, m);
}

static void take_fragments(struct run *r, bool timed)
{
    struct packet_whole whole;
    while (packet_fragments_next(r->fragments, &whole)) {
        take_whole(r, &whole, timed);
        flush(r); /* it lives until the next call */
    }
}

/* An ICMP error about a datagram of DNS: what came before it is taken first, so
 * that the transaction it ends is open. */
static void take_icmp(struct run *r, const struct packet_datagram *quoted,
                      uint64_t frame, bool timed)
{
    flush(r);
    facts_frame_add(&r->fates.icmp[quoted->icmp_kind], frame);
    struct exchange_message *m = &r->made[0];
    exchange_message_read_quote(quoted, &r->options->ports, r->seed, m);
    set_time(r, m, frame, timed);
    exchange_tape_refuse(r->tape, quoted, m);
    exchange_refuse(r->exchange, m, quoted);
}

/* `datagram` and `message` are what `status` says there is. */
static void take_frame(struct run *r, const struct capture_frame *f,
                       uint16_t input, enum packet_status status,
                       const struct packet_datagram *datagram,
                       struct exchange_message *message)
{
    const bool timed = f->time_ns > -farthest_ns && f->time_ns < farthest_ns;
    if (timed) {
        r->now_ns = f->time_ns;
        pipeline_span_widen(&r->spans[input], f->time_ns);
    }
    r->part.frames++;
    r->part.captured_octets += f->captured_octets;
    const uint64_t frame = exchange_frame(input, f->number);
    bool used = false;
    if (LIKELY(status == PACKET_OK)) {
        set_time(r, message, frame, timed);
        facts_frame_add(&r->fates.dns[message->dns.status], frame);
        used = keep_message(r, datagram, message);
    } else if (status == PACKET_TCP_DNS) {
        used = true; /* also a handshake: it tells the way's length */
        if (is_syn(datagram)) {
            flush(r);
            exchange_tape_dial(r->tape, datagram, r->now_ns);
            exchange_dial(r->exchange, datagram, r->now_ns);
        }
        packet_streams_take(r->streams, datagram, r->now_ns, frame);
        take_streams(r, timed);
    } else if (status == PACKET_FRAGMENT) {
        used = true; /* whatever it turns out to be a part of */
        packet_fragments_take(r->fragments, datagram, r->now_ns, frame);
        take_fragments(r, timed);
    } else if (status == PACKET_ICMP_QUOTE) {
        used = true;
        take_icmp(r, datagram, frame, timed);
    } else {
        facts_frame_add(&r->fates.packet[status], frame);
        if (status == PACKET_ENCRYPTED || status == PACKET_HTTPS)
            facts_encrypted_take(r->encrypted, datagram, frame);
    }
    if (used && r->options->dump)
        capture_dump_put(r->options->dump, f);
}

static void report_progress(const struct run *r, size_t input, uint64_t octets)
{
    if (!r->options->progress)
        return;
    const struct pipeline_progress p = {
        .path = r->inputs[input].path,
        .octets = octets,
        .size = r->inputs[input].size,
        .frames = r->part.frames,
        .messages = r->messages,
        .open = exchange_open(r->exchange),
    };
    r->options->progress(r->options->progress_context, &p);
}

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* As many frames, or as much time, as was asked for. */
static bool is_enough(const struct run *r)
{
    const struct pipeline_options *o = r->options;
    return (o->most_frames && r->part.frames >= o->most_frames) ||
           (o->duration_ns && monotonic_ns() >= r->end_ns);
}

static void take_batch(struct run *r, struct pipeline_batch *batch,
                       const struct capture_frame *frames, size_t count,
                       uint16_t input)
{
    for (size_t i = 0; i < count; i++)
        take_frame(r, &frames[i], input, (enum packet_status)batch->statuses[i],
                   &batch->datagrams[i], &batch->messages[i]);
    flush(r); /* the messages are views into the block */
}

static void take_block(struct run *r, struct pipeline_block *b, size_t input)
{
    const uint64_t most = r->options->most_frames;
    if (most && b->frames.count > most - r->part.frames)
        b->frames.count = (size_t)(most - r->part.frames);
    const size_t batches = pipeline_block_batches(b);
    for (size_t i = 0; i < batches; i++) {
        struct pipeline_batch *batch = &b->batches[b->is_decoded ? i : 0];
        const size_t first = i * EXCHANGE_BATCH;
        const size_t left = b->frames.count - first;
        if (!b->is_decoded)
            pipeline_batch_decode(batch, &b->frames, i, &r->options->ports,
                                  r->seed);
        take_batch(r, batch, &b->frames.frames[first],
                   left < EXCHANGE_BATCH ? left : EXCHANGE_BATCH,
                   (uint16_t)input);
    }
}

static enum err_code read_blocks(struct run *r, size_t input, struct err *err)
{
    struct pipeline_block *block = NULL;
    while (!(block && block->is_last) && !is_enough(r)) {
        enum err_code rc = pipeline_reader_next(r->reader, &block, err);
        if (rc != ERR_OK)
            return rc;
        take_block(r, block, input);
        report_progress(r, input, block->octets);
        r->result.interrupted |= block->interrupted;
        if (r->options->dump)
            rc = capture_dump_status(r->options->dump, err);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

static enum err_code read_input(struct run *r, size_t input, struct err *err)
{
    struct pipeline_input *from = &r->inputs[input];
    from->size = capture_source_info(from->source)->size;
    pipeline_reader_begin(r->reader, from->source);
    const enum err_code rc = read_blocks(r, input, err);
    pipeline_reader_end(r->reader);
    return rc;
}

static enum err_code save_input(struct run *r, size_t input, struct err *err)
{
    return pipeline_input_rows_save(&r->inputs[input], input, &r->spans[input],
                                    r->sink, &r->part.packet_comments, err);
}

static enum err_code save_edge(const struct run *r, const char *side,
                               unsigned piece, struct exchange_edge edge,
                               struct err *err)
{
    if (edge.entries == 0)
        return ERR_OK;
    return FACTS_ROW(
        r->sink, "edge", err, facts_integer(FACTS_PART), facts_text(side),
        facts_integer(piece), facts_integer(edge.first_ns),
        facts_integer(edge.last_ns), facts_integer((int64_t)edge.entries),
        facts_integer(r->options->transactions), facts_octets(edge.octets));
}

static enum err_code save_edges(const struct run *r, struct err *err)
{
    const struct exchange_edge head = exchange_tape_head(r->tape);
    if (exchange_tape_is_whole(r->tape))
        return save_edge(r, "whole", 0, head, err);
    enum err_code rc = save_edge(r, "head", 0, head, err);
    for (unsigned half = 0; half < 2 && rc == ERR_OK; half++)
        rc = save_edge(r, "tail", half, exchange_tape_tail(r->tape, half), err);
    return rc;
}

/* What only reading needed. */
static void release(struct run *r)
{
    packet_fragments_free(r->fragments);
    packet_streams_free(r->streams);
    r->fragments = NULL;
    r->streams = NULL;
    exchange_release(r->exchange);
}

static enum err_code save(struct run *r, struct err *err)
{
    enum err_code rc = ERR_OK;
    struct pipeline_span whole = {0};
    for (size_t i = r->saved; i < r->count && rc == ERR_OK; i++)
        rc = save_input(r, i, err);
    for (size_t i = 0; i < r->count; i++) {
        if (r->spans[i].timed) {
            pipeline_span_widen(&whole, r->spans[i].first_ns);
            pipeline_span_widen(&whole, r->spans[i].last_ns);
        }
    }
    r->part.first_ns = whole.first_ns;
    r->part.last_ns = whole.last_ns;
    r->part.timed = whole.timed;
    r->part.quality = exchange_quality(r->exchange);
    r->part.refused_labels = labels_refused(r->labels);
    if (r->options->filter)
        r->part.filtered_frames =
            capture_filter_counts(r->options->filter)->rejected;
    r->part.refused_encrypted = facts_encrypted_refused(r->encrypted);
    release(r);
    if (rc == ERR_OK)
        rc = facts_frames_save(&r->fates, r->sink, err);
    if (rc == ERR_OK)
        rc = facts_encrypted_save(r->encrypted, r->sink, err);
    if (rc == ERR_OK)
        rc = facts_save(r->facts, err);
    return rc == ERR_OK && r->tape ? save_edges(r, err) : rc;
}

/* "53,5300" as "port 53 or port 5300". NULL when memory is out. */
static char *ports_expression(const char *ports)
{
    size_t count = 1, used = 0;
    for (const char *at = ports; (at = strchr(at, ',')); at++)
        count++;
    char *text = calloc(count, sizeof " or port 65535");
    for (const char *at = ports; text && *at; at += *at == ',') {
        const int digits = (int)strcspn(at, ",");
        used += (size_t)sprintf(text + used, "%sport %.*s", used ? " or " : "",
                                digits, at);
        at += digits;
    }
    return text;
}

static enum err_code open_live(struct run *r, struct err *err)
{
    /* libpcap's own limit of a program's length comes far earlier. */
    enum { FILTER = 64 * 1024 };
    struct capture_live_options live = r->options->live;
    char *ports = r->ports ? ports_expression(r->ports) : NULL;
    char *filter = malloc(FILTER);
    enum err_code rc = ERR_OK;
    if (!ports || !filter)
        rc = err_set(err, ERR_NOMEM, "no memory for a filter");
    else if (!capture_live_filter(ports, filter, FILTER))
        rc = err_set(err, ERR_USAGE, "--port: too many ports for a filter");
    live.default_filter = filter;
    r->inputs[0].path = live.interface;
    if (rc == ERR_OK)
        rc = capture_source_open_live(&r->inputs[0].source, &live, err);
    free(ports);
    free(filter);
    return rc;
}

static enum err_code open_growing(struct run *r, const char *path,
                                  struct err *err)
{
    r->inputs[0].path = path;
    return capture_source_open_growing(&r->inputs[0].source, path, err);
}

static enum err_code open_inputs(struct run *r, const char *const *paths,
                                 struct err *err)
{
    if (r->count > UINT16_MAX)
        return err_set(err, ERR_USAGE, "%zu files are more than %d", r->count,
                       UINT16_MAX);
    r->inputs = calloc(r->count, sizeof *r->inputs);
    r->spans = calloc(r->count, sizeof *r->spans);
    if (!r->inputs || !r->spans)
        return err_set(err, ERR_NOMEM, "no memory for %zu inputs", r->count);
    if (r->options->live.interface)
        return open_live(r, err);
    if (r->options->follow)
        return open_growing(r, paths[0], err);
    struct pipeline_inputs_order order;
    const enum err_code rc =
        pipeline_inputs_open(r->inputs, paths, r->count, &order, err);
    r->count = order.count;
    r->result.sorted = order.sorted;
    r->result.first_empty = order.first_empty;
    return rc;
}

/* Its rows are written while it is open. */
static enum err_code take_input(struct run *r, size_t input, struct err *err)
{
    struct pipeline_input *from = &r->inputs[input];
    enum err_code rc = pipeline_inputs_begin(from, err);
    if (rc != ERR_OK)
        return rc;
    if (r->options->shards > 0)
        rc = capture_source_shard(from->source, r->options->shard,
                                  r->options->shards, err);
    if (rc != ERR_OK)
        return rc;
    capture_source_label(from->source, r->labels);
    rc = read_input(r, input, err);
    if (rc == ERR_OK)
        rc = save_input(r, input, err);
    if (rc != ERR_OK)
        return rc;
    r->saved = input + 1;
    r->result.damaged += capture_source_info(from->source)->damaged;
    r->result.replaced |= capture_source_info(from->source)->replaced;
    pipeline_inputs_end(from);
    return ERR_OK;
}

/* NULL: none. The default one of a live capture is none of the user's. */
static const char *filter_of(const struct pipeline_options *options)
{
    if (options->filter)
        return capture_filter_expression(options->filter);
    const char *live = options->live.interface ? options->live.filter : NULL;
    return live && *live ? live : NULL;
}

/* Of all processors, two are of use. Ahead of a run that ends before its input
 * does nothing is read: what was read cannot be given back. */
static bool reads_ahead(const struct pipeline_options *o)
{
    cpu_set_t processors;
    return (o->threads == 0 || o->threads > 1) && !o->live.interface &&
           !o->follow && !o->most_frames && !o->duration_ns && !o->dump &&
           sched_getaffinity(0, sizeof processors, &processors) == 0 &&
           (o->threads > 1 || CPU_COUNT(&processors) > 1);
}

static enum err_code open_reader(struct run *r, struct err *err)
{
    const struct pipeline_reader_options options = {
        .ports = &r->options->ports,
        .filter = r->options->filter,
        .stop = r->options->stop,
        .seed = r->seed,
        .ahead = reads_ahead(r->options),
    };
    return pipeline_reader_new(&r->reader, &options, err);
}

static size_t edge_octets(size_t max_memory)
{
    const size_t share = max_memory / EDGE_SHARE;
    if (share < EXCHANGE_TAPE_LEAST)
        return EXCHANGE_TAPE_LEAST;
    return share < EDGE_MOST ? share : EDGE_MOST;
}

static enum err_code open_tables(struct run *r, struct err *err)
{
    const struct pipeline_options *o = r->options;
    r->seed = hash_seed();
    r->label_budget.limit = o->max_memory / LABEL_SHARE;
    r->budget.limit = o->max_memory - r->label_budget.limit;
    r->part = (struct facts_part){
        .tool = "wasitdns " WASITDNS_VERSION,
        .ports = r->ports,
        .filter = filter_of(o),
        .search = o->search,
        .timeout_ns = o->timeout_ns,
        .window_ns = o->window_ns,
    };
    /* The facts need the identities that the exchange owns, and the exchange
     * needs the facts to talk to: it does so through the run. */
    const struct exchange_options exchange_options = {
        .timeout_ns = o->timeout_ns,
        .seed = r->seed,
        .search = o->search,
        .listener = {r, hear},
    };
    const struct packet_streams_limits limits =
        packet_streams_limits_of(o->max_memory);
    const struct packet_fragments_limits fragment_limits =
        packet_fragments_limits_of(o->max_memory);
    enum err_code rc = packet_fragments_new(
        &r->fragments, &fragment_limits, &o->ports, r->seed, &r->budget, err);
    if (rc == ERR_OK)
        rc = packet_streams_new(&r->streams, &limits, r->seed, &r->budget, err);
    if (rc == ERR_OK)
        rc = labels_new(&r->labels, o->labels, &r->label_budget, err);
    if (rc == ERR_OK)
        rc = exchange_new(&r->exchange, &exchange_options, &r->budget, err);
    if (rc == ERR_OK && o->edges)
        rc = exchange_tape_new(&r->tape, edge_octets(o->max_memory), &r->budget,
                               err);
    if (rc != ERR_OK)
        return rc;
    r->encrypted = facts_encrypted_new(r->seed, &r->budget);
    if (!r->encrypted)
        return err_set(err, ERR_NOMEM, "no memory for encrypted transports");
    r->context = (struct facts_context){
        .ids = exchange_identity(r->exchange),
        .budget = &r->budget,
        .labels = r->labels,
        .timeout_ns = o->timeout_ns,
        .window_ns = o->window_ns,
        .transactions = o->transactions,
        .trace = o->trace,
        .sink = r->sink,
        .part = &r->part,
    };
    return facts_open(&r->facts, &r->context, err);
}

static void close_run(struct run *r)
{
    for (size_t i = 0; r->inputs && i < r->count; i++)
        pipeline_inputs_end(&r->inputs[i]);
    free(r->inputs);
    free(r->spans);
    free(r->ports);
    pipeline_reader_free(r->reader);
    packet_fragments_free(r->fragments);
    packet_streams_free(r->streams);
    facts_encrypted_free(r->encrypted);
    facts_close(r->facts);
    exchange_tape_free(r->tape);
    exchange_free(r->exchange);
    labels_close(r->labels);
    free(r);
}

/* The capture is over: what still waits is told as it stands. */
static void end(struct run *r)
{
    packet_fragments_end(r->fragments);
    take_fragments(r, true);
    packet_streams_end(r->streams);
    take_streams(r, true);
    flush(r);
    const struct packet_streams_counters c =
        packet_streams_counters(r->streams);
    memcpy(r->fates.tcp, c.fates, sizeof r->fates.tcp);
    r->part.tcp = c;
    r->part.fragments = packet_fragments_counters(r->fragments);
    exchange_end(r->exchange, r->now_ns);
}

enum err_code pipeline_run(const struct pipeline_options *options,
                           const char *const *paths, size_t count,
                           const struct facts_sink *sink,
                           struct pipeline_result *result, struct err *err)
{
    struct run *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(err, ERR_NOMEM, "no memory for a run");
    r->options = options;
    r->sink = sink;
    r->pending = r->made;
    r->count = options->live.interface ? 1 : count;
    r->end_ns = monotonic_ns() + options->duration_ns;
    r->ports = ports_text(&options->ports);

    enum err_code rc =
        r->ports ? open_inputs(r, paths, err)
                 : err_set(err, ERR_NOMEM, "no memory for the list of ports");
    if (rc == ERR_OK)
        rc = open_tables(r, err);
    if (rc == ERR_OK)
        rc = open_reader(r, err);
    for (size_t i = 0; i < r->count && rc == ERR_OK && !r->result.interrupted;
         i++)
        rc = take_input(r, i, err);
    if (rc == ERR_OK) {
        end(r);
        rc = save(r, err);
    }
    if (rc == ERR_OK)
        *result = r->result;
    close_run(r);
    return rc;
}

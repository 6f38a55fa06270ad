/* Cuts captures into parts and merges them again: by the program, as a user
 * would. What is cut are recordings behind each other, in the pauses between
 * them, where nobody waits for an answer, or anywhere. */
#include <check.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_folder.h"
#include "test_random.h"

static const char *const recordings[] = {
    "healthy",  "ndots5-mixed", "half-lost",     "dead-server", "refused",
    "servfail", "hot-client",   "slow-upstream", "both-legs",
};

enum {
    RECORDINGS = sizeof recordings / sizeof *recordings,
    ROUNDS = 3,
    ONE_SIDED = RECORDINGS - 2, /* the others show both sides of a resolver,
                                   which is learned anew behind a pause */
    PARTS_MOST = 9,
    HEADER_OCTETS = 24, /* of a pcap file */
    RECORD_OCTETS = 16, /* of a frame's header: s, us, captured, length */
    PATIENCE_S = 20,    /* more than any client's */
    COMMAND = 8 * PATH_MAX,
};

static char folder[PATH_MAX];
static const char *program;

static void make(void)
{
    program = getenv("WASITDNS");
    if (!program)
        program = "build/release/wasitdns";
    folder_make(folder);
}

static void unmake(void)
{
    folder_remove(folder);
}

/* Runs the program in the folder's name; "%" in `words` stands for it. */
static int run(const char *words)
{
    char line[COMMAND];
    size_t used = (size_t)snprintf(line, sizeof line, "%s ", program);
    for (; *words; words++) {
        ck_assert_uint_lt(used + strlen(folder) + 64, sizeof line);
        if (*words == '%')
            used +=
                (size_t)snprintf(line + used, sizeof line - used, "%s", folder);
        else
            line[used++] = *words;
    }
    snprintf(line + used, sizeof line - used, " >%s/out 2>%s/err", folder,
             folder);
    const int status = system(line);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect(int status, const char *words)
{
    const int got = run(words);
    if (got == status)
        return;
    char *text = folder_read(folder, "err");
    ck_abort_msg("%s: exit %d, not %d: %s", words, got, status, text);
}

static void expect_error(int status, const char *words, const char *want)
{
    expect(status, words);
    char *text = folder_read(folder, "err");
    ck_assert_msg(text && strstr(text, want), "%s: \"%s\" lacks \"%s\"", words,
                  text ? text : "", want);
    free(text);
}

static bool exists(const char *name)
{
    char path[PATH_MAX];
    return access(folder_path(path, folder, name), F_OK) == 0;
}

/* --- captures ------------------------------------------------------------- */

static uint32_t load(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 |
           p[0];
}

static void store(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* Writes the recording to each of two files so that it begins at `*time_s`,
 * which moves behind its end. */
static void add_recording(FILE *const out[2], const char *name,
                          uint32_t *time_s)
{
    static uint8_t octets[1 << 20];
    char path[PATH_MAX];
    snprintf(path, sizeof path, "fixtures/%s.pcap", name);
    FILE *in = fopen(path, "r");
    ck_assert_msg(in != NULL, "%s", path);
    const size_t size = fread(octets, 1, sizeof octets, in);
    fclose(in);
    ck_assert_uint_gt(size, HEADER_OCTETS);
    ck_assert_uint_eq(load(octets), 0xa1b2c3d4);
    const uint32_t shift = *time_s - load(octets + HEADER_OCTETS);
    for (size_t at = HEADER_OCTETS; at + RECORD_OCTETS <= size;) {
        const size_t record = RECORD_OCTETS + load(octets + at + 8);
        ck_assert_uint_le(at + record, size);
        store(octets + at, load(octets + at) + shift);
        *time_s = load(octets + at);
        fwrite(octets + at, 1, record, out[0]);
        fwrite(octets + at, 1, record, out[1]);
        at += record;
    }
}

static FILE *create(const char *name)
{
    static const uint8_t header[HEADER_OCTETS] = {
        0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0,
        0,    0,    0,    0,    0, 0, 4, 0, 1, 0, 0, 0};
    char path[PATH_MAX];
    FILE *out = fopen(folder_path(path, folder, name), "w");
    ck_assert_ptr_nonnull(out);
    fwrite(header, 1, sizeof header, out);
    return out;
}

static void analyse(unsigned parts)
{
    expect(0, "-q %/whole.pcap --transactions --force --db %/whole.db");
    for (unsigned i = 0; i < parts; i++) {
        char words[128];
        snprintf(words, sizeof words,
                 "-q %%/%u.pcap --transactions --force --db %%/%u.db", i, i);
        expect(0, words);
    }
}

/* Writes whole.pcap of some of the first `most` recordings, and the same cut at random into 0.pcap, 1.pcap ...; makes
 * a database of each. Returns the number of parts, at least two. */
static unsigned cut(uint64_t *random, size_t most)
{
    uint32_t order[RECORDINGS];
    for (uint32_t i = 0; i < most; i++)
        order[i] = i;
    random_shuffle(random, order, most);
    const size_t count = 3 + random_below(random, most - 2);

    uint32_t time_s = 1793527200;
    unsigned parts = 0;
    FILE *out[2] = {create("whole.pcap"), NULL};
    for (size_t i = 0; i < count; i++) {
        if (i < 2 || random_below(random, 3) > 0) {
            char name[32];
            if (out[1])
                fclose(out[1]);
            snprintf(name, sizeof name, "%u.pcap", parts++);
            out[1] = create(name);
        }
        add_recording(out, recordings[order[i]], &time_s);
        time_s += PATIENCE_S + (uint32_t)random_below(random, 200);
    }
    fclose(out[0]);
    fclose(out[1]);
    analyse(parts);
    return parts;
}

static size_t read_whole(uint8_t *octets, size_t most)
{
    char path[PATH_MAX];
    FILE *in = fopen(folder_path(path, folder, "whole.pcap"), "r");
    ck_assert_ptr_nonnull(in);
    const size_t size = fread(octets, 1, most, in);
    fclose(in);
    ck_assert_uint_lt(size, most);
    return size;
}

/* The same of `count` recordings one behind another, `pause_s` between, cut
 * anywhere. */
static unsigned cut_anywhere(uint64_t *random, uint32_t first, size_t count,
                             uint32_t pause_s)
{
    static uint8_t octets[4 << 20];
    uint32_t time_s = 1793527200, order[RECORDINGS];
    for (uint32_t i = 0; i < count; i++)
        order[i] = first + i;
    random_shuffle(random, order, count);
    FILE *out[2] = {create("whole.pcap"), fopen("/dev/null", "w")};
    for (size_t i = 0; i < count; i++) {
        add_recording(out, recordings[order[i]], &time_s);
        time_s += pause_s;
    }
    fclose(out[0]);
    fclose(out[1]);

    const size_t size = read_whole(octets, sizeof octets);
    size_t frames = 0;
    for (size_t at = HEADER_OCTETS; at < size; frames++)
        at += RECORD_OCTETS + load(octets + at + 8);
    const size_t often = frames / (2 + random_below(random, 3));
    unsigned parts = 0;
    FILE *part = NULL;
    for (size_t at = HEADER_OCTETS; at < size;) {
        const size_t record = RECORD_OCTETS + load(octets + at + 8);
        if (!part || (parts < PARTS_MOST && random_below(random, often) == 0)) {
            char name[32];
            if (part)
                fclose(part);
            snprintf(name, sizeof name, "%u.pcap", parts++);
            part = create(name);
        }
        fwrite(octets + at, 1, record, part);
        at += record;
    }
    fclose(part);
    analyse(parts);
    return parts;
}

/* --- what a database says ------------------------------------------------- */

static sqlite3 *open_database(const char *name)
{
    char path[PATH_MAX];
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open_v2(folder_path(path, folder, name), &db,
                                     SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    return db;
}

static void put_row(FILE *out, sqlite3_stmt *row)
{
    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const unsigned char *text = sqlite3_column_text(row, i);
        fprintf(out, "%s|", text ? (const char *)text : "-");
    }
    fputc('\n', out);
}

/* The rows of a SELECT, or of the SELECTs that a SELECT makes. */
static void put_rows(FILE *out, sqlite3 *db, const char *sql, bool makes)
{
    sqlite3_stmt *rows = NULL;
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK,
                  "%s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(rows) == SQLITE_ROW) {
        if (makes)
            put_rows(out, db, (const char *)sqlite3_column_text(rows, 0),
                     false);
        else
            put_row(out, rows);
    }
    ck_assert_int_eq(sqlite3_finalize(rows), SQLITE_OK);
}

static char *answers(const char *name, const char *sql)
{
    char *text = NULL;
    size_t size;
    sqlite3 *db = open_database(name);
    FILE *out = open_memstream(&text, &size);
    put_rows(out, db, sql, true);
    fclose(out);
    sqlite3_close(db);
    return text;
}

static void expect_same(const char *a, const char *b, const char *sql)
{
    char *x = answers(a, sql), *y = answers(b, sql);
    ck_assert_uint_gt(strlen(x), 1000);
    if (strcmp(x, y) != 0) {
        size_t i = 0, line = 0;
        for (; x[i] == y[i]; i++)
            line = x[i] == '\n' ? i + 1 : line;
        ck_abort_msg("%s and %s:\n%.600s\n\n%.600s", a, b, x + line, y + line);
    }
    free(x);
    free(y);
}

/* Every view, in no order; but for the ids of what a cut went through, which
 * tell how it was merged. */
static const char everything_sql[] =
    "SELECT printf('SELECT ''%s'', %s FROM %s ORDER BY %s', name, columns,"
    "  name, columns)"
    " FROM (SELECT v.name, (SELECT group_concat('\"' || c.name || '\"', ', ')"
    "   FROM pragma_table_info(v.name) AS c"
    "   WHERE c.name NOT IN ('lookup_id', 'transaction_id')) AS columns"
    "  FROM sqlite_schema AS v"
    "  WHERE v.type = 'view' AND v.name LIKE 'v\\_%' ESCAPE '\\')"
    " ORDER BY name";

/* What does not tell where it was read: without inputs, frames and the ids that
 * are made from them, in no order, seconds as far as their sums do not depend on
 * the order. No loss is estimated from the first seconds of a part, which are
 * that of the whole where parts were joined; which servers ask others is learned
 * anew in each part. Of v_latency that which is exact. */
static const char content_sql[] =
    "SELECT printf('SELECT ''%s'', %s FROM %s ORDER BY %s', name, columns,"
    "  name, columns)"
    " FROM (SELECT v.name, (SELECT group_concat("
    "    printf('iif(typeof(\"%s\") = ''real'', printf(''%%.8g'', \"%s\"),"
    " \"%s\")', c.name, c.name, c.name), ', ')"
    "   FROM pragma_table_info(v.name) AS c"
    "   WHERE c.name NOT LIKE '%frame' AND c.name NOT IN"
    "    ('example_frames', 'lookup_id', 'transaction_id', 'loss_estimate',"
    "     'source')"
    "    AND NOT (v.name = 'v_latency' AND (c.name = 'min_seconds'"
    "     OR c.name LIKE 'p%\\_seconds' ESCAPE '\\')))"
    "   AS columns"
    "  FROM sqlite_schema AS v"
    "  WHERE v.type = 'view' AND v.name LIKE 'v\\_%' ESCAPE '\\'"
    "   AND v.name NOT IN ('v_parts', 'v_inputs', 'v_interfaces',"
    "    'v_coverage', 'v_slow_lookups'))"
    " ORDER BY name";

/* The rest of v_latency, within the width of a bucket; the longest lookups, but
 * for the last of the hundred, which halves may have crowded out. */
static void expect_close(const char *a, const char *b)
{
    char path[PATH_MAX];
    sqlite3 *db = open_database(a);
    char *sql = sqlite3_mprintf(
        "ATTACH %Q AS other; CREATE TEMP TABLE far AS"
        " SELECT x.* FROM main.v_latency AS x JOIN other.v_latency AS y"
        "  USING (scope, key, measure)"
        " WHERE abs(x.min_seconds - y.min_seconds) > 0.023 * x.min_seconds"
        "  OR abs(x.p50_seconds - y.p50_seconds) > 0.023 * x.p50_seconds"
        "  OR abs(x.p99_seconds - y.p99_seconds) > 0.023 * x.p99_seconds"
        " UNION ALL SELECT 'slow', base_name, cause, wait_seconds, 0, 0, 0, 0, "
        "0,"
        "  0, 0, 0, 0, 0, 0 FROM"
        "  (SELECT * FROM (SELECT base_name, cause, wait_seconds"
        "    FROM main.v_slow_lookups LIMIT 50)"
        "   EXCEPT SELECT base_name, cause, wait_seconds"
        "    FROM other.v_slow_lookups)",
        folder_path(path, folder, b));
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_free(sql);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    put_rows(out, db, "SELECT * FROM far", false);
    fclose(out);
    sqlite3_close(db);
    ck_assert_msg(*text == '\0', "%s and %s: %s", a, b, text);
    free(text);
}

/* Any two of 0.db, 1.db ... become one, until one is left. */
static void merge_in_groups(uint64_t *random, unsigned parts, char last[32])
{
    char left[PARTS_MOST][32];
    for (unsigned i = 0; i < parts; i++)
        snprintf(left[i], sizeof left[i], "%u.db", i);
    for (unsigned n = parts; n > 1; n--) {
        char words[COMMAND];
        const size_t a = random_below(random, n);
        const size_t b = (a + 1 + random_below(random, n - 1)) % n;
        snprintf(words, sizeof words,
                 "merge --force %%/%s %%/%s -o %%/group%u.db", left[a], left[b],
                 n);
        expect(0, words);
        snprintf(left[a], sizeof left[a], "group%u.db", n);
        memmove(left[b], left[n - 1], sizeof left[b]);
    }
    memcpy(last, left[0], sizeof left[0]);
}

START_TEST(order_and_grouping_do_not_show)
{
    uint64_t random = 1 + (uint64_t)_i;
    const unsigned parts = cut(&random, RECORDINGS);
    char words[COMMAND] = "merge";
    for (unsigned i = 0; i < parts; i++)
        sprintf(words + strlen(words), " %%/%u.db", i);
    strcat(words, " --force -o %/ordered.db");
    expect(0, words);

    char grouped[32];
    merge_in_groups(&random, parts, grouped);
    expect_same("ordered.db", grouped, everything_sql);
}
END_TEST

START_TEST(parts_cut_where_nobody_waits_are_the_whole)
{
    uint64_t random = 100 + (uint64_t)_i;
    const unsigned parts = cut(&random, ONE_SIDED);
    char words[COMMAND] = "merge --force -o %/all.db";
    for (unsigned i = 0; i < parts; i++)
        sprintf(words + strlen(words), " %%/%u.db", i);
    expect(0, words);
    expect_same("whole.db", "all.db", content_sql);
    expect_close("whole.db", "all.db");
}
END_TEST

/* Through transactions, lookups, connections and walks: the parts are short, and
 * have all they were given, or longer than their edges. */
START_TEST(parts_cut_anywhere_are_the_whole)
{
    uint64_t random = 1000 + (uint64_t)_i;
    const unsigned parts =
        _i % 2 ? cut_anywhere(&random, 0, ONE_SIDED, 20)
               : cut_anywhere(&random, ONE_SIDED, RECORDINGS - ONE_SIDED, 3);
    char grouped[32];
    merge_in_groups(&random, parts, grouped);
    expect_same("whole.db", grouped, content_sql);
    expect_close("whole.db", grouped);
}
END_TEST

/* Ranges of one file, each read on its own, in any order; the frames have the
 * numbers that they have in the file. */
START_TEST(shards_of_a_file_are_the_whole)
{
    static const char numbers[] =
        "SELECT 'SELECT time, client_port, substr(query_frame,"
        " instr(query_frame, '':'') + 1) FROM v_transactions"
        " ORDER BY time, client_port, query_name, query_type'";
    uint64_t random = 2000 + (uint64_t)_i;
    const unsigned count = 2 + (unsigned)random_below(&random, PARTS_MOST - 1);
    (void)cut_anywhere(&random, 0, ONE_SIDED, 20);
    for (unsigned i = 0; i < count; i++) {
        char words[160];
        snprintf(words, sizeof words,
                 "-q %%/whole.pcap --shard %u/%u --transactions --force"
                 " --db %%/%u.db",
                 i + 1, count, i);
        expect(0, words);
    }
    char grouped[32];
    merge_in_groups(&random, count, grouped);
    expect_same("whole.db", grouped, content_sql);
    expect_close("whole.db", grouped);
    expect_same("whole.db", grouped, numbers);
}
END_TEST

/* --- what is refused ------------------------------------------------------ */

/* Makes a.db and b.db of two recordings. */
static void make_two(void)
{
    expect(0, "-q fixtures/healthy.pcap --force --db %/a.db");
    expect(0, "-q fixtures/refused.pcap --force --db %/b.db");
}

static void tamper(const char *name, const char *sql)
{
    char path[PATH_MAX], *error = NULL;
    sqlite3 *db = NULL;
    ck_assert_int_eq(sqlite3_open(folder_path(path, folder, name), &db),
                     SQLITE_OK);
    sqlite3_exec(db, sql, NULL, NULL, &error);
    ck_assert_msg(!error, "%s: %s", sql, error);
    sqlite3_close(db);
}

static const struct {
    const char *name;
    const char *change; /* of b.db */
    const char *words, *want;
    int status;
} refusals[] = {
    {"the same part twice", "SELECT 1", "merge %/a.db %/b.db %/a.db -o %/x.db",
     "a.db: holds a part that ", 3},
    {"another seed", "UPDATE part SET sketch_seed = 1",
     "merge %/a.db %/b.db -o %/x.db", "b.db: its sketches have another seed",
     3},
    {"another scale", "UPDATE part SET histogram_scale = 6",
     "merge %/a.db %/b.db -o %/x.db", "b.db: its histograms have scale 6", 3},
    {"another schema", "PRAGMA user_version = 99",
     "merge %/a.db %/b.db -o %/x.db", "b.db: has schema 99", 3},
    {"another patience", "UPDATE part SET timeout_ns = 1000000000",
     "merge %/a.db %/b.db -o %/x.db", "b.db: was made with --timeout 1s", 3},
    {"other windows", "UPDATE part SET window_ns = 10000000000",
     "merge %/a.db %/b.db -o %/x.db", "b.db: was made with --window 10s", 3},
    {"a histogram that is none", "UPDATE latency SET buckets = '{\"x\":1}'",
     "merge %/a.db %/b.db -o %/x.db", "b.db: a histogram is not one", 3},
    {"a sketch that is none", "UPDATE client SET names_sketch = 'sxyz'",
     "merge %/a.db %/b.db -o %/x.db", "b.db: a sketch is not one", 3},
    {"a client that is not there", "DELETE FROM client WHERE client_id = 1",
     "merge %/a.db %/b.db -o %/x.db", "b.db: NOT NULL constraint failed", 3},
    {"more than 64 bits count",
     "UPDATE counter SET value = 9223372036854775807 WHERE name = 'frames'",
     "merge %/a.db %/b.db -o %/x.db", "b.db: ", 3},
    {"a part that is not there", "SELECT 1", "merge %/a.db %/c.db -o %/x.db",
     "c.db", 3},
    {"a capture", "SELECT 1", "merge %/a.db fixtures/healthy.pcap -o %/x.db",
     "healthy.pcap", 3},
    {"an output that is an input", "SELECT 1",
     "merge %/a.db %/b.db --force -o %/a.db", "a.db: is an input", 2},
    {"an output that exists", "SELECT 1", "merge %/a.db -o %/b.db",
     "b.db: exists already", 5},
    {"a shard of a pipe", "SELECT 1", "- --shard 1/2 --db %/x.db",
     "--shard: of one FILE", 2},
    {"a shard beyond the last", "SELECT 1",
     "fixtures/healthy.pcap --shard 3/2 --db %/x.db", "not K/N", 2},
    {"a shard of too many", "SELECT 1",
     "fixtures/healthy.pcap --shard 1/1000000 --db %/x.db", "N up to 65535", 2},
    {"no output", "SELECT 1", "merge %/a.db %/b.db", "merge makes one database",
     2},
    {"another output", "SELECT 1", "merge %/a.db --db %/x.db -o %/x.json",
     "merge makes one database", 2},
};

START_TEST(what_does_not_add_up_is_refused_by_name)
{
    make_two();
    tamper("b.db", refusals[_i].change);
    expect_error(refusals[_i].status, refusals[_i].words, refusals[_i].want);
    ck_assert_msg(!exists("x.db"), "%s: x.db is there", refusals[_i].name);
}
END_TEST

START_TEST(captures_of_nothing_merge_as_often_as_they_come)
{
    fclose(create("empty1.pcap"));
    fclose(create("empty2.pcap"));
    expect(0, "-q %/empty1.pcap --force --db %/e1.db");
    expect(0, "-q %/empty2.pcap --force --db %/e2.db");
    make_two();
    expect(0, "merge %/e1.db %/a.db %/e2.db --force -o %/x.db");
    expect(0, "merge %/e2.db %/e1.db --force -o %/y.db");
    expect(0, "merge %/a.db %/y.db --force -o %/z.db");
    expect_same("x.db", "z.db", everything_sql);
    expect(0, "-q %/x.db");
    remove(folder_path((char[PATH_MAX]){0}, folder, "x.db"));
}
END_TEST

static void make_shards(void)
{
    expect(0, "-q fixtures/ndots5-mixed.pcap --shard 1/2 --force --db %/a.db");
    expect(0, "-q fixtures/ndots5-mixed.pcap --shard 2/2 --force --db %/b.db");
}

static void expect_text(const char *words, const char *want)
{
    expect(0, words);
    char *text = folder_read(folder, "out");
    ck_assert_msg(text && strstr(text, want), "%s: \"%s\" lacks \"%s\"", words,
                  text ? text : "", want);
    free(text);
}

START_TEST(a_damaged_edge_is_refused_by_the_name_of_its_capture)
{
    make_shards();
    tamper("b.db", "UPDATE edge SET octets = zeroblob(9)");
    expect_error(3, "merge %/a.db %/b.db --force -o %/x.db",
                 "fixtures/ndots5-mixed.pcap: its edge is not one");
}
END_TEST

START_TEST(one_part_is_told_as_one)
{
    make_shards();
    expect_text("merge %/a.db %/b.db --force -o %/x.db",
                "Joined   1 part goes on where another ends, and is told");
    expect_text("merge %/a.db --force -o %/x.db",
                "Merged   1 part of 1 capture, ");
}
END_TEST

START_TEST(what_was_collapsed_makes_what_was_seen_the_least)
{
    make_shards();
    expect_text("%/a.db", "\nSeen     3 clients");
    tamper("a.db", "UPDATE counter SET value = 5"
                   " WHERE name = 'collapsed_clients'");
    expect_text("%/a.db", "\nSeen     at least 3 clients");
}
END_TEST

/* The ids of lookups and transactions stand behind the number of their part. */
START_TEST(a_lookup_of_any_part_is_told_by_its_id)
{
    expect(0, "-q fixtures/half-lost.pcap --transactions --force --db %/a.db");
    expect(0, "-q fixtures/refused.pcap --transactions --force --db %/b.db");
    expect(0, "merge -q %/a.db %/b.db --force -o %/all.db");
    char *id = answers("all.db", "SELECT 'SELECT max(lookup_id)"
                                 " FROM v_slow_lookups'");
    ck_assert_msg(strtoll(id, NULL, 10) > UINT32_MAX, "%s", id);
    char words[128], want[64];
    const int digits = (int)strcspn(id, "|");
    snprintf(words, sizeof words, "trace %%/all.db --lookup %.*s", digits, id);
    snprintf(want, sizeof want, "Lookup %.*s: ", digits, id);
    expect(0, words);
    char *told = folder_read(folder, "out");
    ck_assert_msg(told && strstr(told, want), "%s lacks %s", told, want);
    free(told);
    snprintf(words, sizeof words, "trace fixtures/refused.pcap --lookup %.*s",
             digits, id);
    expect(0, words);
    told = folder_read(folder, "out");
    ck_assert_msg(told && strncmp(told, "No lookup ", 10) == 0, "%s", told);
    free(told);
    free(id);
}
END_TEST

int main(void)
{
    /* More of them by hand: MERGE_ROUNDS=100. */
    const char *rounds = getenv("MERGE_ROUNDS");
    const int anywhere = rounds ? atoi(rounds) : ROUNDS;
    Suite *suite = suite_create("cli/merge");
    TCase *same = tcase_create("same");
    tcase_add_unchecked_fixture(same, make, unmake);
    tcase_set_timeout(same, 60);
    tcase_add_loop_test(same, order_and_grouping_do_not_show, 0, ROUNDS);
    tcase_add_loop_test(same, parts_cut_where_nobody_waits_are_the_whole, 0,
                        ROUNDS);
    tcase_add_loop_test(same, parts_cut_anywhere_are_the_whole, 0, anywhere);
    tcase_add_loop_test(same, shards_of_a_file_are_the_whole, 0, ROUNDS);
    tcase_add_test(same, a_lookup_of_any_part_is_told_by_its_id);
    tcase_add_test(same, captures_of_nothing_merge_as_often_as_they_come);
    tcase_add_test(same, a_damaged_edge_is_refused_by_the_name_of_its_capture);
    tcase_add_test(same, one_part_is_told_as_one);
    tcase_add_test(same, what_was_collapsed_makes_what_was_seen_the_least);
    suite_add_tcase(suite, same);
    TCase *refused = tcase_create("refused");
    tcase_add_unchecked_fixture(refused, make, unmake);
    tcase_add_loop_test(refused, what_does_not_add_up_is_refused_by_name, 0,
                        sizeof refusals / sizeof *refusals);
    tcase_set_timeout(refused, 60);
    suite_add_tcase(suite, refused);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

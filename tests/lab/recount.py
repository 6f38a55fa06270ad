"""What tshark reads in a capture, and the figures made from it.

Nothing of wasitdns takes part: the fields are tshark's, and what is done here
is adding up.
"""

import collections
import re
import subprocess

RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN",
          4: "NOTIMP", 5: "REFUSED"}
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX",
         16: "TXT", 28: "AAAA", 33: "SRV"}
FIELDS = ("frame.number", "frame.time_epoch", "ip.src", "ip.dst", "ipv6.src",
          "ipv6.dst", "udp.srcport", "udp.dstport", "tcp.srcport",
          "tcp.dstport", "dns.id",
          "dns.flags.response", "dns.flags.rcode", "dns.qry.name",
          "dns.qry.type", "dns.response_to", "dns.time", "dns.opt.ext_error.info_code",
          "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code")
CLOCK_SLACK_US = 500  # the client reads two clocks, and the kernel a third

Message = collections.namedtuple(
    "Message", "frame time_us is_response client port server id name type"
    " rcode response_to time_seconds extended_error")


def read(capture):
    """Returns (number of frames, DNS messages, ICMP errors that quote DNS) of
    a capture."""
    return read_fields(["-r", capture], None)


def read_together(captures):
    """The DNS messages of many small captures, read as one: a tshark for each
    would take minutes. Frame numbers mean nothing here."""
    merge = subprocess.Popen(["mergecap", "-F", "pcap", "-w", "-", *captures],
                             stdout=subprocess.PIPE)
    messages = read_fields(["-r", "-"], merge.stdout)[1]
    if merge.wait() != 0:
        raise SystemExit("mergecap failed")
    return messages


def read_fields(source, standard_input):
    command = ["tshark", "-n", *source, "-T", "fields", "-E", "occurrence=a",
               "-E", "aggregator=|"]
    for field in FIELDS:
        command += ["-e", field]
    text = subprocess.run(command, check=True, stdin=standard_input,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout.decode()
    rows = [dict(zip(FIELDS, line.split("\t"))) for line in text.splitlines()]
    dns = [one for row in rows if row["dns.id"] for one in single_rows(row)]
    return (len(rows), [message(r) for r in dns if not is_icmp(r)],
            [quote(r) for r in dns if is_icmp(r)])


def single_rows(row):
    """A row a message: a TCP segment may hold several, and then tshark gives
    each field a value for each of them. Of fields that occur more or less
    often than that, the first value is taken."""
    values = {field: text.split("|") for field, text in row.items()}
    messages = len(values["dns.id"])
    for i in range(messages):
        yield {field: v[i if len(v) == messages else 0]
               for field, v in values.items()}


def is_icmp(row):
    return bool(row["icmp.type"] or row["icmpv6.type"])


def quote(row):
    """"TYPE/CODE query" or "... response"; as ICMPv6 with a 6 in front."""
    six = "6:" if row["icmpv6.type"] else ""
    return "%s%s/%s %s" % (
        six, row["icmp.type"] or row["icmpv6.type"],
        row["icmp.code"] or row["icmpv6.code"],
        "response" if row["dns.flags.response"] == "1" else "query")


def message(row):
    """A row of tshark's fields as a Message. What a cut frame lacks is None."""
    source = row["ip.src"] or row["ipv6.src"]
    target = row["ip.dst"] or row["ipv6.dst"]
    source_port = row["udp.srcport"] or row["tcp.srcport"]
    target_port = row["udp.dstport"] or row["tcp.dstport"]
    is_response = row["dns.flags.response"] == "1"
    client, port, server = ((target, target_port, source) if is_response else
                            (source, source_port, target))
    seconds, fraction = row["frame.time_epoch"].split(".")
    return Message(
        frame=int(row["frame.number"]),
        time_us=int(seconds) * 1000000 + int(fraction[:6]),
        is_response=is_response, client=client, port=int(port), server=server,
        id=int(row["dns.id"], 16), name=row["dns.qry.name"].lower() or None,
        type=number(row["dns.qry.type"]), rcode=number(row["dns.flags.rcode"]),
        response_to=number(row["dns.response_to"]),
        time_seconds=float(row["dns.time"]) if row["dns.time"] else None,
        extended_error=row["dns.opt.ext_error.info_code"] or None)


def number(text):
    return int(text) if text else None


def count(values):
    """Counts by value, as a plain dict in the order of the values."""
    counts = collections.Counter(values)
    return {key: counts[key] for key in sorted(counts)}


def name_of(names, value):
    return names.get(value, "unknown" if value is None else str(value))


def totals(frames, messages, quotes):
    """The figures of the whole capture, for the truth file."""
    queries = [m for m in messages if not m.is_response]
    responses = [m for m in messages if m.is_response]
    times = [m.time_seconds for m in responses if m.time_seconds is not None]
    message_times = [m.time_us for m in messages]
    return {
        "frames": frames,
        "queries": len(queries),
        "questions": len({key(m) for m in queries}),
        "responses": len(responses),
        "rcodes": count(name_of(RCODES, m.rcode) for m in responses),
        "extended_errors": count(m.extended_error for m in responses
                                 if m.extended_error),
        "query_types": count(name_of(TYPES, m.type) for m in queries),
        "queries_from": count(m.client for m in queries),
        "queries_to": count(m.server for m in queries),
        "responses_from": count(m.server for m in responses),
        "matched_responses": len(times),
        "response_time_max_seconds": max(times, default=None),
        "unanswered": len(unanswered(messages)),
        "icmp_quotes": count(quotes),
        "first_time_us": min(message_times, default=None),
        "last_time_us": max(message_times, default=None),
        "duration_seconds": duration_seconds(message_times),
    }


def duration_seconds(times_us):
    return (max(times_us) - min(times_us)) / 1e6 if times_us else None


def key(m):
    return m.client, m.port, m.server, m.id, m.name, m.type


def unanswered(messages):
    """The queries, copies and repeats as one, that never had a response."""
    answered = {key(m) for m in messages if m.is_response}
    return {key(m) for m in messages if not m.is_response} - answered


def lookup_messages(lookup, messages):
    """The messages on the wire while a client's call lasted. A client makes
    one call at a time, so the interval tells them apart."""
    first = lookup["start_us"] - CLOCK_SLACK_US
    last = lookup["start_us"] + lookup["wait_us"] + CLOCK_SLACK_US
    return [m for m in messages
            if m.client == lookup["client"] and first <= m.time_us <= last]


def metric(name, subject, totals_, lookups, messages):
    """The values of one metric; all of them must lie in the expected range.
    fixtures/README.md lists the metrics."""
    if name.startswith("lookup_"):
        field = name[len("lookup_"):]
        picked = [l for l in lookups if subject in ("-", l["name"])]
        if field == "wait_seconds":
            return [l["wait_us"] / 1e6 for l in picked]
        return [l[field] for l in picked]
    if name == "unanswered" and subject != "-":
        return [sum(1 for k in unanswered(messages) if k[2] == subject)]
    value = totals_[name]
    if isinstance(value, dict):
        return [value.get(subject, 0)]
    return [value]


def check_expectation(e, totals_, lookups, messages):
    """Returns None, or what is wrong."""
    values = metric(e["metric"], e["subject"], totals_, lookups, messages)
    wrong = [v for v in values if v is None or not e["min"] <= v <= e["max"]]
    if values and not wrong:
        return None
    found = ", ".join(str(v) for v in wrong) or "nothing"
    return "%s of %s: found %s, expected %g to %g (%s)" % (
        e["metric"], e["subject"], found, e["min"], e["max"], e["source"])


def software_version(name, command, pattern):
    """The version that a program says it has, for the truth file."""
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    found = re.search(pattern, done.stdout.decode(errors="replace"))
    return "%s %s" % (name, found.group(1) if found else "unknown")

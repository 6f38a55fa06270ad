"""The matrix of lookups: fixtures/lookups/truth.tsv, and what must hold of it.

fixtures/README.md documents the columns. In memory a row has start_us and
wait_us, as the lookups of the scenarios do.
"""

import bisect
import collections

COLUMNS = ("cell", "name", "start_ns", "wait_seconds", "result", "cause",
           "queries", "client")

# The closed list of reasons for a wait. "-" stands for no wait.
CAUSES = {"-", "lost", "half-lost", "dead-server", "servfail-ladder",
          "single-request-fallback", "tc-then-tcp", "tcp-connect",
          "server-slow", "upstream-slow", "search-walk", "capture-incomplete"}

# From here on a lookup has waited for something. Nothing takes between this
# and 1 s, the shortest timer of a client, but the slow server, which takes
# 0.4 s.
STALL_US = 300000

# A client that is this long away from its messages was kept from running. Its
# wait is no measure of theirs.
BUSY_US = 3000

# Faults that every stub must feel, with one nameserver.
FELT = ("a-lost", "aaaa-lost", "aaaa-ignored", "lost", "all-dead", "slow")


def read(path):
    head, *rows = path.read_text().splitlines()
    if tuple(head.split("\t")) != COLUMNS:
        raise SystemExit("%s: other columns than %s" % (path, COLUMNS))
    return [parsed(dict(zip(COLUMNS, row.split("\t")))) for row in rows]


def parsed(row):
    row["start_us"] = int(row.pop("start_ns")) // 1000
    row["wait_us"] = round(float(row.pop("wait_seconds")) * 1000000)
    row["queries"] = int(row["queries"])
    return row


def write(path, rows):
    lines = ["\t".join(COLUMNS)]
    for row in sorted(rows, key=lambda r: (r["cell"], r["start_us"])):
        text = dict(row, start_ns=row["start_us"] * 1000,
                    wait_seconds="%.6f" % (row["wait_us"] / 1e6))
        lines.append("\t".join(str(text[column]) for column in COLUMNS))
    path.write_text("\n".join(lines) + "\n")


def messages_of(rows, messages):
    """What the client of each row sent and got while it waited, as a list of
    lists. A message belongs to the last lookup that began before it: the next
    one of a process may follow within microseconds."""
    begins = collections.defaultdict(list)
    for i, row in enumerate(rows):
        begins[row["client"]].append((row["start_us"], i))
    for of_client in begins.values():
        of_client.sort()
    found = [[] for _ in rows]
    for m in messages:
        of_client = begins[m.client]
        at = bisect.bisect(of_client, (m.time_us, len(rows))) - 1
        if at >= 0:
            found[of_client[at][1]].append(m)
    return found


def queries(messages):
    return sum(not m.is_response for m in messages)


def fault(row, messages):
    """What is wrong with a row that has these messages, or None."""
    what = "%(cell)s: %(name)s: " % row
    stalled = row["wait_us"] >= STALL_US
    if not messages or queries(messages) != row["queries"]:
        return what + "the truth says %d queries, tshark %d" % (
            row["queries"], queries(messages))
    if row["cause"] not in CAUSES or stalled == (row["cause"] == "-"):
        return what + "waits %.3f s because of %s" % (
            row["wait_us"] / 1e6, row["cause"])
    if not stalled and row["cell"].partition("-")[2].startswith(
            tuple(failure + "-1ns" for failure in FELT)):
        return what + "does not feel its failure"
    before = min(m.time_us for m in messages) - row["start_us"]
    after = row["start_us"] + row["wait_us"] - max(m.time_us for m in messages)
    if before > BUSY_US or BUSY_US < after < STALL_US:
        return what + "the machine was busy: %d us before its messages, %d us" \
            " after them" % (before, after)
    return None

# shellcheck shell=sh
# The first AAAA query of a program is lost, once: what the conntrack race does.
# glibc waits 5 s, asks for the A it already has once more, then for the AAAA,
# and from then on one after the other. Recorded at the client.
about='the first AAAA query is lost once; the lookup waits 5 s, no transaction does'

. "$lab/office.sh"
outside "$auth@53"
host dns "$dns"
unbound_at dns 127.0.0.1@5300 <<CONF
forward-zone:
    name: "."
    forward-addr: $auth
CONF
forward_at dns "$dns@53" 127.0.0.1@5300 type=28,first=1,drop
desk desk1 10.20.1.1 "$dns"
record desk1 eth0 port 53

asks desk1 <<'NAMES'
w11.example.com host 300
w12.example.com host 500
w13.example.com host 400
w14.example.com host 600
NAMES
finish

expect lookup_wait_seconds w11.example.com 5 5.1
expect lookup_queries w11.example.com 4 4
expect lookup_responses w11.example.com 3 3
expect lookup_wait_seconds w12.example.com 0 0.1
expect lookup_queries w12.example.com 2 2
expect response_time_max_seconds - 0 0.1
expect_counter responses - dns total.num.queries

# shellcheck shell=sh
# The only nameserver answers for eight seconds and then says nothing any more;
# its port stays open, so nobody is told. The clients go on asking: each lookup
# now takes 10 s and fails.
about='the only nameserver falls silent after eight seconds; clients go on asking'

. "$lab/office.sh"
outside "$auth@53"
resolver_unbound
for n in 1 2 3; do
    desk "desk$n" "10.20.1.$n" "$dns"
done
record dns eth0 port 53 and not host "$auth"

for n in 1 2 3; do
    for name in $(seq 1 14); do
        echo "w$((n * 15 + name)).example.com host $((650 + n * 40 + name))"
    done >"$work/names"
    asks "desk$n" <"$work/names"
done
sleep 8
stop_server dns
finish

expect lookup_wait_seconds w16.example.com 0 0.1
expect lookup_wait_seconds w59.example.com 10 10.1
expect unanswered - 10 24
# What it counted before it was stopped is what it answered.
expect_counter responses_from "$dns" dns total.num.queries

# shellcheck shell=sh
# The first nameserver of two clients is dead: what is sent to it is dropped
# without a word. Each lookup waits the 5 s of glibc, then asks the second. A
# third client knows only the good server and notices nothing.
about='two clients have a dead first nameserver and wait 5 s for every lookup'

. "$lab/office.sh"
dead=10.20.0.54
outside "$auth@53"
resolver_unbound "$dead"
silence dns "$dead"
for n in 1 2; do
    desk "desk$n" "10.20.1.$n" "$dead" "$dns"
done
desk desk3 10.20.1.3 "$dns"
record dns eth0 port 53 and not host "$auth"

for n in 1 2; do
    for name in $(seq 1 6); do
        echo "w$((n * 10 + name)).example.com host $((300 + n * 70))"
    done >"$work/names"
    asks "desk$n" <"$work/names"
done
for name in $(seq 40 63); do
    echo "w$name.example.com host $((name * 411 % 1900 + 400))"
done >"$work/names"
asks desk3 <"$work/names"
finish

expect lookup_wait_seconds w11.example.com 5 5.2
expect lookup_wait_seconds w26.example.com 5 5.2
expect lookup_wait_seconds w40.example.com 0 0.05
expect lookup_queries w11.example.com 4 4
expect queries_to "$dead" 24 24
expect unanswered "$dead" 24 24
expect unanswered "$dns" 0 0
expect_counter queries_to "$dns" dns total.num.queries

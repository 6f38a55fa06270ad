# shellcheck shell=sh
# The control of `refused`. Three clients with musl ask both nameservers at once
# and take the first answer; the other server is 40 ms slower, and what it says
# finds the client's port closed: the client's host tells it so by ICMP. That is
# how musl works, and harmless. A fourth client has glibc.
about='musl asks two servers and closes its port after the first answer: ICMP errors quote the second'

. "$lab/office.sh"
slower=10.20.0.54
outside "$auth@53"
resolver_unbound "$slower"
forward_at dns "$slower@53" "$dns@53" delay=40
for n in 1 2 3; do
    desk "desk$n" "10.20.1.$n" "$slower" "$dns"
done
desk desk4 10.20.1.4 "$dns"
record dns eth0 "(port 53 or icmp) and not host $auth"

resolve=resolve-musl
for n in 1 2 3; do
    for name in $(seq 1 8); do
        echo "w$((n * 10 + name)).example.com host $((2300 + n * 70))"
    done >"$work/names"
    asks "desk$n" <"$work/names"
done
resolve=resolve
for name in $(seq 50 63); do
    echo "w$name.example.com host $((name * 411 % 900 + 600))"
done >"$work/names"
asks desk4 <"$work/names"
finish

expect lookup_wait_seconds - 0 0.03
expect icmp_quotes '3/3 response' 40 48
expect icmp_quotes '3/3 query' 0 0
expect unanswered - 0 0

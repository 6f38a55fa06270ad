# shellcheck shell=sh
# A resolver that is quick itself, with an authority that takes 250 ms for one
# zone and 400 ms for another. Only the clients' side is recorded.
about='the authority behind the resolver takes 250 ms, for some names 400 ms'

. "$lab/office.sh"
outside 127.0.0.1@5300
forward_at auth "$auth@53" 127.0.0.1@5300 \
    suffix=catalogue.example.net,delay=250 suffix=archive.example.net,delay=400
# unbound would ask again after 376 ms, and 400 ms would become a second.
unbound_option='infra-cache-min-rtt: 800'
resolver_unbound
for n in 1 2 3 4; do
    desk "desk$n" "10.20.1.$n" "$dns"
done
record dns eth0 port 53 and not host "$auth"

slow_names() ( # NUMBER OF CLIENT
    for n in $(seq 1 24); do
        case $((n % 6)) in
        0) echo "box-$1-$n.archive.example.net host 90" ;;
        3) echo "w$((10 + n)).example.com host 120" ;;
        *) echo "item-$1-$n.catalogue.example.net host 150" ;;
        esac
    done
)
for n in 1 2 3 4; do
    slow_names "$n" >"$work/slow"
    asks "desk$n" <"$work/slow"
done
finish

expect queries - 190 200
expect unanswered - 0 0
expect lookup_wait_seconds item-1-23.catalogue.example.net 0.25 0.35
expect lookup_wait_seconds box-1-24.archive.example.net 0.4 0.5
expect response_time_max_seconds - 0.4 0.6
expect_counter queries_to "$dns" dns total.num.queries

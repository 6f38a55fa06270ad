# shellcheck shell=sh
# Both sides of a forwarding resolver, recorded on it: one upstream answers at
# once, the other takes 250 ms. Names are asked again from the cache, and by all
# clients at the same time, so that one query of the resolver serves several.
about='a resolver with both sides: a quick upstream, and one that takes 250 ms'

. "$lab/office.sh"
far=192.0.2.54
outside "$auth@53"
host far "$far"
forward_at far "$far@53" "$auth@53" delay=250
host dns "$dns"
unbound_at dns "$dns" <<CONF
    infra-cache-min-rtt: 800
forward-zone:
    name: "."
    forward-addr: $auth
forward-zone:
    name: "example.net"
    forward-addr: $far
CONF
for n in 1 2 3; do
    desk "desk$n" "10.20.1.$n" "$dns"
done
record dns eth0 port 53

# The same for all: far names together, near ones twice.
both_names() (
    for n in $(seq 1 16); do
        echo "item-$n.catalogue.example.net host 200"
        echo "w$((10 + n)).example.com host 60"
        echo "w$((10 + n / 2)).example.com host 40"
    done
)
both_names >"$work/names"
for n in 1 2 3; do
    asks "desk$n" <"$work/names"
done
finish

expect unanswered - 0 0
expect queries_to "$far" 30 40
expect response_time_max_seconds - 0.25 0.4
expect_counter queries_to "$dns" dns total.num.queries

# shellcheck shell=sh
# The first nameserver of two clients is a host on which nothing listens: it
# refuses each query by ICMP, glibc hears of it and asks the second at once.
# Nobody waits. The pauses spare the host's limit of one ICMP error a second. A
# third client has a first nameserver behind a router that forbids the way.
about='the first nameserver of two clients is closed, that of a third forbidden; ICMP says so at once'

. "$lab/office.sh"
closed=10.20.0.54
forbidden=192.0.2.99
outside "$auth@53"
resolver_unbound "$closed"
host far "$forbidden"
in_netns router nft -f - <<NFT
table ip lab { chain on { type filter hook forward priority 0;
    ip daddr $forbidden reject with icmp type admin-prohibited
}; }
NFT
for n in 1 2; do
    desk "desk$n" "10.20.1.$n" "$closed" "$dns"
done
desk desk3 10.20.1.3 "$forbidden" "$dns"
# -B, because a ring for frames of any link holds few of them.
record router any -B 32768 "(port 53 or icmp) and net 10.20.1.0/24"

for n in 1 2 3; do
    for name in $(seq 1 7); do
        echo "w$((n * 10 + name)).example.com host $((2600 + n * 70))"
    done >"$work/names"
    asks "desk$n" <"$work/names"
done
finish

expect lookup_wait_seconds - 0 0.1
# Each of two questions a lookup, seen twice as what it quotes is; the router's
# own words once.
expect icmp_quotes '3/3 query' 56 56
expect icmp_quotes '3/13 query' 14 14
expect unanswered "$closed" 28 28
expect unanswered "$dns" 0 0

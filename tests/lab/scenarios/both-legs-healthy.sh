# shellcheck shell=sh
# The control of both-legs: an iterating resolver, with QNAME minimisation and
# names in mixed case (0x20), in front of an authority that is near. Aliases
# lead from one zone to another. Nothing is wrong here.
about='both sides of an iterating resolver: minimised names, 0x20, aliases'

. "$lab/office.sh"
host auth "$auth"
zone auth . <<'ZONE'
com.example.       A 192.0.2.1
example.com.       NS ns.example.net.
example.net.       NS ns.example.net.
ns.example.net.    A 192.0.2.53
ZONE
{
    office_names
    for n in $(seq 1 12); do
        echo "www$n CNAME site$n.hosting.example.net."
    done
} | zone auth example.com
zone auth example.net <<'ZONE'
ns        A 192.0.2.53
*.hosting A 203.0.113.90
ZONE
nsd_at auth "$auth@53"
host dns "$dns"
echo ". 3600 NS ns.example.net.
ns.example.net. 3600 A $auth" >"$work/root.hints"
unbound_at dns "$dns" <<CONF
    root-hints: "$work/root.hints"
    qname-minimisation: yes
    use-caps-for-id: yes
    harden-below-nxdomain: no
CONF
for n in 1 2 3 4; do
    desk "desk$n" "10.20.1.$n" "$dns"
done
record dns eth0 port 53

healthy_names() ( # NUMBER OF CLIENT
    for n in $(seq 1 12); do
        echo "www$(((n + $1 * 3) % 12 + 1)).example.com host $((100 + 37 * $1))"
        echo "w$((10 + (n * 5 + $1 * 7) % 60)).example.com host $((90 + 29 * $1))"
    done
)
for n in 1 2 3 4; do
    healthy_names "$n" >"$work/names"
    asks "desk$n" <"$work/names"
done
finish

expect unanswered - 0 0
expect lookup_wait_seconds - 0 0.05
expect_counter queries_to "$dns" dns total.num.queries

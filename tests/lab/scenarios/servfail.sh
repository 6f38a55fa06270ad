# shellcheck shell=sh
# One signed zone is signed anew after ten seconds, with signatures that ended
# yesterday. The validating resolver answers SERVFAIL with extended error 7 for
# it, at once, while everything else goes on.
about='after ten seconds one zone has expired signatures: SERVFAIL with EDE 7'

. "$lab/office.sh"
zone=payments.example.net

order_names() {
    for n in $(seq 10 99); do
        echo "order-$n A 203.0.113.$n"
        echo "order-$n AAAA 2001:db8:113::$n"
    done
}

# sign UNTIL: signs the zone of host "auth" in place.
sign() (
    cd "$work/servers/auth" || exit
    ldns-signzone -f signed.zone -i 20260101 -e "$1" unsigned.zone "$(cat key)"
    mv signed.zone $zone.zone
)

order_names | zone auth $zone
(
    cd "$work/servers/auth" || exit
    cp $zone.zone unsigned.zone
    ldns-keygen -a ECDSAP256SHA256 -k $zone >key
)
sign "$(date -u -d '+30 days' +%Y%m%d)"
outside "$auth@53"
unbound_module='validator iterator'
unbound_option="ede: yes
    trust-anchor: \"$(cat "$work/servers/auth/$(cat "$work/servers/auth/key")".ds)\""
resolver_unbound
for n in 1 2 3 4 5; do
    desk "desk$n" "10.20.1.$n" "$dns"
done
for n in 1 4; do
    echo 'options edns0' >>"$work/hosts/desk$n/resolv.conf"
done
record dns eth0 port 53 and not host "$auth"

for n in 1 2 3; do
    everyday "$n" >"$work/everyday"
    asks "desk$n" <"$work/everyday"
done
for n in 4 5; do
    for order in $(seq 1 26); do
        echo "order-$((n * 30 - 110 + order)).$zone host $((700 + n * 13))"
    done >"$work/orders"
    asks "desk$n" <"$work/orders"
done
sleep 10
sign "$(date -u -d yesterday +%Y%m%d)"
nsd-control -c "$work/servers/auth/nsd.conf" reload $zone >/dev/null
finish

expect rcodes NOERROR 180 190
expect rcodes SERVFAIL 90 100
# glibc repeats each failed query at once; unbound answers that from its cache
# and then leaves the extended error out.
expect extended_errors 7 20 26
expect unanswered - 0 0
expect lookup_queries order-11.$zone 2 2
expect lookup_queries order-36.$zone 4 4
expect lookup_wait_seconds - 0 0.1
expect_counter queries - dns total.num.queries
expect_counter rcodes NOERROR dns num.answer.rcode.NOERROR
expect_counter rcodes SERVFAIL dns num.answer.bogus

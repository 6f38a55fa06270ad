# shellcheck shell=sh
# The cluster of the demonstration. Three pods share a search list of four
# suffixes. pod1 is well. pod2 asks for names of a zone whose authority answers
# after 250 ms. pod3 still has, before the good nameserver, one that is dead.
about='three ndots:5 pods: one is well, one asks a slow zone, one has a dead first nameserver'

. "$lab/kube.sh"
dead=10.96.0.99
outside 127.0.0.1@5300
forward_at auth "$auth@53" 127.0.0.1@5300 suffix=ledger.example.net,delay=250
cluster_dns "$dead"
silence dns "$dead"
pod pod1 10.244.0.11 default
pod pod2 10.244.1.12 shop
pod pod3 10.244.2.13 monitoring "$dead" "$dns"
record dns eth0 port 53 and net 10.244.0.0/16

asks pod1 8 <<'NAMES'
redis host 1300
api.example.com host 1100
orders.shop host 1700
www.example.com host 1500
kubernetes.default.svc host 1900
NAMES
ledger_names() (
    for n in $(seq 101 124); do
        echo "account-$n.ledger.example.net host 1400"
        [ $((n % 4)) -ne 0 ] || echo "cart host 600"
    done
)
ledger_names >"$work/ledger"
asks pod2 <"$work/ledger"
asks pod3 <<'NAMES'
grafana host 2000
web.default host 2000
grafana host 2000
api.example.com host 2000
grafana host 1000
NAMES

finish

expect lookup_queries redis 2 2
expect lookup_queries cart 2 2
expect lookup_queries orders.shop 4 4
expect lookup_queries www.example.com 10 10
expect lookup_queries account-110.ledger.example.net 10 10
expect lookup_wait_seconds account-110.ledger.example.net 0.25 0.4
expect lookup_wait_seconds redis 0 0.1
expect lookup_wait_seconds grafana 5 5.2
expect lookup_wait_seconds web.default 10 10.3
expect queries_from 10.244.2.13 40 40
expect responses_from "$dead" 0 0
expect unanswered "$dead" 20 20
expect unanswered "$dns" 0 0
expect_counter queries_to "$dns" dns total.num.queries
expect_counter rcodes NOERROR dns num.answer.rcode.NOERROR
expect_counter rcodes NXDOMAIN dns num.answer.rcode.NXDOMAIN

# shellcheck shell=sh
# Two healthy pods under ndots:5 ask outside and inside names, and every
# nameserver answers at once: load, but no harm.
about='ndots:5 pods resolve inside and outside names; all is answered at once'

. "$lab/kube.sh"
outside "$auth@53"
cluster_dns
pod pod1 10.244.0.11 default
pod pod2 10.244.0.12 default
record dns eth0 "port 53 and host $dns and net 10.244.0.0/16"

asks pod1 5 <<'NAMES'
api.example.com host 120
redis host 120
redis.default host 120
redis.default.svc host 120
redis.default.svc.cluster.local host 120
NAMES

asks pod2 4 <<'NAMES'
www.example.com host 200
orders.shop host 200
mail.example.net host 200
NAMES

finish

# Queries a lookup, A and AAAA of each candidate: measured before with another
# client program, on this search list.
expect lookup_queries api.example.com 10 10
expect lookup_queries redis 2 2
expect lookup_queries redis.default 4 4
expect lookup_queries redis.default.svc 6 6
expect lookup_queries redis.default.svc.cluster.local 10 10
expect lookup_queries www.example.com 10 10
expect lookup_queries orders.shop 4 4
expect lookup_queries mail.example.net 10 10
expect unanswered - 0 0
expect lookup_wait_seconds - 0 0.1
expect_counter queries_to "$dns" dns total.num.queries
expect_counter rcodes NOERROR dns num.answer.rcode.NOERROR
expect_counter rcodes NXDOMAIN dns num.answer.rcode.NXDOMAIN

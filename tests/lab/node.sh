# shellcheck shell=sh
# A handful of lookups through a Kubernetes node, recorded there on `-i any`:
# each packet is seen twice, where it comes in and where it goes out. The
# scenario has set $recorder_of_node to record or record_ng.

. "$lab/kube.sh"
outside "$auth@53"
cluster_dns
pod pod1 10.244.0.11 default
pod pod2 10.244.0.12 shop
"$recorder_of_node" router any "udp port 53 and net 10.244.0.0/16"

asks pod1 2 <<'NAMES'
redis host 300
api.example.com host 200
NAMES
asks pod2 2 <<'NAMES'
kubernetes.default host 250
cart host 350
NAMES
finish

# Both copies of 2, 10, 4 and 2 queries.
expect lookup_queries redis 4 4
expect lookup_queries api.example.com 20 20
expect lookup_queries kubernetes.default 8 8
expect queries - 72 72
expect responses - 72 72
expect unanswered - 0 0
expect_counter questions - dns total.num.queries

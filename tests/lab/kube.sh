# shellcheck shell=sh
# A small Kubernetes cluster, as far as DNS can tell: pods, a cluster DNS that
# knows some services and forwards the rest, and the world outside.

dns=10.96.0.10   # the cluster DNS service
auth=192.0.2.53  # every authority outside
ndots=5          # of the pods to come
node_suffix=ec2.internal # what the node puts behind their search list

# pod NAME ADDRESS NAMESPACE [NAMESERVER...]: a pod with the resolv.conf that
# the kubelet writes on a node, of EC2 unless $node_suffix says otherwise.
pod() {
    pod=$1 pod_address=$2 pod_namespace=$3
    shift 3
    [ $# -gt 0 ] || set -- "$dns"
    host "$pod" "$pod_address"
    {
        printf 'nameserver %s\n' "$@"
        echo "search $pod_namespace.svc.cluster.local svc.cluster.local" \
            "cluster.local $node_suffix"
        echo "options ndots:$ndots"
    } | resolver "$pod"
}

# outside LISTEN: NSD on host "auth". The root zone is its own, so that every
# name nobody has is an honest NXDOMAIN.
outside() {
    host auth "$auth"
    zone auth . <<'ZONE'
ns.example.net. A 192.0.2.53
ZONE
    zone auth example.com <<'ZONE'
@       A    198.51.100.1
@       AAAA 2001:db8:100::1
www     A    198.51.100.2
www     AAAA 2001:db8:100::2
api     A    198.51.100.3
api     AAAA 2001:db8:100::3
login   A    198.51.100.4
login   AAAA 2001:db8:100::4
img     A    198.51.100.5
ZONE
    zone auth example.net <<'ZONE'
ns      A    192.0.2.53
@       A    203.0.113.1
@       AAAA 2001:db8:113::1
mail    A    203.0.113.2
mail    AAAA 2001:db8:113::2
queue   A    203.0.113.3
queue   AAAA 2001:db8:113::3
*.ledger A   203.0.113.80
*.corp  A    203.0.113.99
ZONE
    nsd_at auth "$1"
}

# cluster_dns: unbound on host "dns" in the place of CoreDNS. Services live
# 5 s, as CoreDNS has it.
cluster_dns() { # [OTHER ADDRESS OF THE HOST]
    host dns "$dns" "$@"
    {
        echo '    local-zone: "cluster.local." static'
        echo '    local-data: "cluster.local. 5 IN SOA ns.dns.cluster.local.' \
            'hostmaster.cluster.local. 1 7200 1800 86400 5"'
        service kubernetes.default 10.96.0.1
        service redis.default 10.96.0.21
        service web.default 10.96.0.22
        service orders.shop 10.96.0.31
        service cart.shop 10.96.0.32
        service grafana.monitoring 10.96.0.41
        printf 'forward-zone:\n    name: "."\n    forward-addr: %s\n' "$auth"
    } | unbound_at dns "$dns"
}

service() { # NAME.NAMESPACE ADDRESS
    echo "    local-data: \"$1.svc.cluster.local. 5 IN A $2\""
}

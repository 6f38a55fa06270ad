# shellcheck shell=sh
# An office network: clients without a search list, one resolver that forwards
# to one authority, and names of every everyday type.

dns=10.20.0.53 dns6=2001:db8:20::53
auth=192.0.2.53

# outside LISTEN: NSD on host "auth".
outside() {
    host auth "$auth"
    zone auth . <<'ZONE'
ns.example.net. A 192.0.2.53
ZONE
    office_names | zone auth example.com
    zone auth example.net <<'ZONE'
ns          A 192.0.2.53
@           A 203.0.113.1
*.catalogue A 203.0.113.81
*.archive   A 203.0.113.82
ZONE
    office_pointers | zone auth 100.51.198.in-addr.arpa
    nsd_at auth "$1"
}

office_names() {
    for n in $(seq 10 69); do
        echo "w$n A 198.51.100.$n"
        echo "w$n AAAA 2001:db8:100::$n"
    done
    cat <<'ZONE'
@            MX  10 mail
@            TXT "v=spf1 mx -all"
mail         A   198.51.100.4
mail         AAAA 2001:db8:100::4
print        A   198.51.100.5
_imaps._tcp  SRV 0 5 993 mail
_xmpp._tcp   SRV 0 5 5222 w10
ZONE
}

office_pointers() {
    for n in $(seq 10 69); do
        echo "$n PTR w$n.example.com."
    done
}

# resolver_unbound [OTHER ADDRESS]: unbound on host "dns", both protocols, with
# the line $unbound_option, if any, in its `server:` clause.
unbound_option=''
resolver_unbound() {
    host dns "$dns" "$dns6" "$@"
    unbound_at dns "$dns" <<CONF
    interface: $dns6
    local-zone: "100.51.198.in-addr.arpa." nodefault
    $unbound_option
forward-zone:
    name: "."
    forward-addr: $auth
CONF
}

# resolver_named: BIND on host "dns".
resolver_named() {
    host dns "$dns"
    named_at dns "$dns" <<CONF
zone "." { type forward; forward only; forwarders { $auth; }; };
CONF
}

# desk NAME ADDRESS NAMESERVER...: a client.
desk() {
    desk=$1
    host "$desk" "$2"
    shift 2
    printf 'nameserver %s\n' "$@" | resolver "$desk"
}

# everyday NUMBER: an everyday half minute of client NUMBER. No name twice, for
# a second question within the TTL would be a finding of its own; the pauses
# vary, because a fixed rate would be one, too. (A subshell: `n` is its own.)
everyday() (
    for n in $(seq 1 18); do
        echo "w$((10 + ($1 * 7 + n * 11) % 60)).example.com host" \
            "$((600 + ($1 * 271 + n * 389) % 900))"
        case $n in
        3) echo "$((10 + $1)).100.51.198.in-addr.arpa PTR 300" ;;
        5) echo "example.com MX 400" ;;
        7) echo "print.example.com host 500" ;;
        9) echo "example.com TXT 600" ;;
        11) echo "_imaps._tcp.example.com SRV 350" ;;
        $((4 + $1))) echo "wpad.example.com host 450" ;;
        13) echo "$((30 + $1)).100.51.198.in-addr.arpa PTR 550" ;;
        esac
    done
)

# healthy_office: eight desks, one on IPv6, one with EDNS. everyday_asks: what
# they all ask.
healthy_office() {
    outside "$auth@53"
    resolver_unbound
    for n in 1 2 3 4 5 6; do
        desk "desk$n" "10.20.1.$n" "$dns"
    done
    desk desk7 2001:db8:20:1::7 "$dns6"
    desk desk8 10.20.1.8 "$dns"
    echo 'options edns0' >>"$work/hosts/desk8/resolv.conf"
}

everyday_asks() {
    for n in 1 2 3 4 5 6 7 8; do
        everyday "$n" >"$work/everyday"
        asks "desk$n" <"$work/everyday"
    done
}

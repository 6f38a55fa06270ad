# shellcheck shell=sh
# The lab's library: hosts, clients, a recording. Sourced by `record-scenario`,
# which sets $lab (this folder), $tools (the built C programs), $scenario and
# $work (an empty folder of its own), then sources the scenario.
#
# Every host is a network namespace with one interface, eth0. Its addresses are
# /32 or /128 and its only route leads to the namespace "router", which knows
# each host by name: the layout that Calico gives a Kubernetes node. So any
# address can be had without a subnet around it, and `-i any` on the router
# sees each packet twice, as on a real node.
#
# What a scenario leaves in $work for `truth`: hosts/NAME/, servers/NAME/,
# lookups/*.tsv, commands, expect, expect_counters, recorder.log, $recording.

prefix=lab$$
hosts='' recorder='' asking=''

# --- hosts -------------------------------------------------------------------

# host NAME ADDRESS...: a namespace with these addresses and an empty
# resolv.conf, which `resolver` fills.
host() {
    name=$1 && shift
    add_namespace "$name"
    echo "$*" >"$work/hosts/$name/addresses"
    ip link add eth0 netns "$prefix-$name" \
        type veth peer name "$name" netns "$prefix-router"
    ip -n "$prefix-$name" link set dev eth0 up
    ip -n "$prefix-router" link set dev "$name" up
    ip -n "$prefix-router" address add dev "$name" 169.254.1.1/32
    ip -n "$prefix-router" address add dev "$name" fe80::1/64
    for address; do
        case $address in *:*) add_ipv6 ;; *) add_ipv4 ;; esac
    done
}

add_namespace() {
    mkdir -p "$work/hosts/$1"
    : >"$work/hosts/$1/resolv.conf"
    echo 'hosts: files dns' >"$work/hosts/$1/nsswitch.conf"
    ip netns add "$prefix-$1"
    hosts="$hosts $1"
    # Duplicate address detection would keep IPv6 silent for a second, and the
    # interface's own chatter is nobody's subject here.
    in_netns "$1" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
        net.ipv6.conf.default.router_solicitations=0
    ip -n "$prefix-$1" link set dev lo up
}

add_ipv4() {
    ip -n "$prefix-$name" address add "$address/32" dev eth0
    ip -n "$prefix-$name" route replace default via 169.254.1.1 dev eth0 onlink
    ip -n "$prefix-router" route add "$address/32" dev "$name"
}

add_ipv6() {
    ip -n "$prefix-$name" -6 address add "$address/128" dev eth0
    ip -n "$prefix-$name" -6 route replace default via fe80::1 dev eth0
    ip -n "$prefix-router" -6 route add "$address/128" dev "$name"
}

add_router() {
    add_namespace router
    in_netns router sysctl -qw net.ipv4.ip_forward=1 \
        net.ipv6.conf.all.forwarding=1
}

in_netns() { # HOST COMMAND...
    netns=$prefix-$1 && shift
    nsenter "--net=/run/netns/$netns" "$@"
}

# enter HOST COMMAND...: becomes COMMAND inside HOST, with HOST's name and
# resolver configuration in the place of this machine's: glibc would make a
# search list of a host name with a dot. Only for subshells.
enter() {
    enter_host=$1 && shift
    exec nsenter "--net=/run/netns/$prefix-$enter_host" \
        unshare --mount --uts "$lab/become" "$work/hosts/$enter_host" "$@"
}

# resolver HOST <<lines: its resolv.conf.
resolver() {
    cat >"$work/hosts/$1/resolv.conf"
}

# silence HOST ADDRESS: what arrives for this address of HOST is dropped, without
# a word (no ICMP), as by a firewall or a dead service address.
silence() {
    filter "$1" "ip daddr $2 drop"
}

# filter HOST RULE: one more nft rule for what arrives at HOST.
filter() {
    in_netns "$1" nft -f - <<NFT
table ip lab { chain in { type filter hook input priority 0;
    $2
}; }
NFT
}

# --- processes ---------------------------------------------------------------

# daemon HOST LOG COMMAND...: runs until the end of the scenario. Process ids
# are kept in files, servers/HOST/pid and daemons, because this may run behind
# a pipe, in a subshell.
daemon() {
    daemon_host=$1 daemon_log=$2
    shift 2
    (enter "$daemon_host" "$@") >"$daemon_log" 2>&1 </dev/null &
    echo $! >"$work/servers/$daemon_host/pid"
    echo $! >>"$work/daemons"
}

# await LOG COMMAND...: until COMMAND succeeds, at most five seconds.
await() {
    await_log=$1 && shift
    for _ in $(seq 25); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.2
    done
    echo "lab: did not come up: $*" >&2
    tail -n 20 "$await_log" >&2
    exit 1
}

# --- recording ---------------------------------------------------------------

# record HOST INTERFACE [TCPDUMP OPTION...] FILTER: tcpdump to $recording, from
# now until `finish`. -U and --immediate-mode, because tcpdump drops what its
# ring holds when it is stopped.
record() {
    record_host=$1 record_interface=$2
    shift 2
    recording=$work/$scenario.pcap
    start_recorder "$record_host" tcpdump -i "$record_interface" -n -Z root \
        -U --immediate-mode -w "$recording" "$@"
    await "$work/recorder.log" grep -q 'listening on' "$work/recorder.log"
}

# record_ng HOST INTERFACE FILTER: the same with dumpcap, which writes pcapng.
record_ng() {
    recording=$work/$scenario.pcapng
    start_recorder "$1" dumpcap -q -i "$2" -f "$3" -w "$recording"
    await "$work/recorder.log" grep -q '^File: ' "$work/recorder.log"
}

start_recorder() { # HOST COMMAND...
    recorder_host=$1 && shift
    say_command "$recorder_host" "$@"
    (enter "$recorder_host" "$@") 2>"$work/recorder.log" </dev/null &
    recorder=$!
}

# Scratch folders differ from run to run and tell nobody anything.
say_command() { # HOST COMMAND...
    said_host=$1 && shift
    echo "$said_host: $*" | sed "s,$work/,,g; s,$tools/,,g" >>"$work/commands"
}

# --- clients -----------------------------------------------------------------

# asks HOST [TIMES] <<lines: a program on HOST looks the lines up (see
# resolve.c), one after the other and the whole TIMES times, beside whatever
# else goes on. One at a time on each host. Never behind a pipe, whose subshell
# would be the only one to know. The program is $resolve, for the C library it
# is made with.
resolve=resolve # or resolve-musl
asks() {
    mkdir -p "$work/lookups"
    read -r asks_address _ <"$work/hosts/$1/addresses"
    asks_told=$work/lookups/$asks_address.told
    cat >"$work/lines"
    : >"$asks_told"
    for _ in $(seq "${2:-1}"); do
        cat "$work/lines" >>"$asks_told"
    done
    say_command "$1" "$resolve" "< $(wc -l <"$asks_told") lines"
    (enter "$1" "$tools/$resolve") <"$asks_told" \
        >"$work/lookups/$asks_address.tsv" &
    asking="$asking $!"
}

# client_program STUB: the program that asks by it.
client_program() {
    case $1 in
    glibc) echo resolve ;;
    cares) echo resolve-ares ;;
    *) echo "resolve-$1" ;;
    esac
}

# answered: until every `asks` so far has come to its end.
answered() {
    for pid in $asking; do
        wait "$pid"
    done
    asking=''
}

# expect METRIC SUBJECT MIN MAX: what must be true of this capture. The metrics
# are listed in fixtures/README.md; SUBJECT is "-" where there is none.
expect() {
    printf '%s\t%s\t%s\t%s\tscenario\n' "$@" >>"$work/expect"
}

# expect_counter METRIC SUBJECT HOST COUNTER: a figure of the capture must equal
# what the server on HOST counted itself.
expect_counter() {
    printf '%s\t%s\t%s\t%s\n' "$@" >>"$work/expect_counters"
}

# --- the end -----------------------------------------------------------------

# finish: wait for the clients, let the last answers arrive, read the servers'
# counters, then end the recording.
finish() {
    answered
    sleep 1
    for h in $hosts; do
        counters "$h"
    done
    kill -INT "$recorder"
    wait "$recorder" || true
    recorder=''
}

# Leaves nothing behind, however the scenario ended.
clean_up() {
    touch "$work/daemons"
    # shellcheck disable=SC2046 # a list of numbers
    set -- $asking $recorder $(cat "$work/daemons")
    for signal in TERM KILL; do
        for pid; do
            kill "-$signal" "$pid" 2>/dev/null || true
        done
        sleep 0.5
    done
    for h in $hosts; do
        ip netns delete "$prefix-$h" 2>/dev/null || true
    done
    hosts=''
}

# shellcheck shell=sh
# The lab's servers. Each has a folder $work/servers/HOST with its software,
# configuration, log, process id and, at the end, its own counters.

# stop_server HOST: reads its counters, then stops it where it is: it keeps its
# port and says nothing any more.
stop_server() {
    counters "$1"
    kill -STOP "$(cat "$work/servers/$1/pid")"
}

server_folder() { # HOST SOFTWARE: sets $server
    server=$work/servers/$1
    mkdir -p "$server"
    echo "$2" >"$server/software"
}

unbound_module=iterator # or "validator iterator"

# unbound_at HOST ADDRESS@PORT <<lines: a recursive server. The lines follow
# its `server:` clause, and may open others.
unbound_at() {
    server_folder "$1" unbound
    {
        cat <<CONF
remote-control:
    control-enable: yes
    control-use-cert: no
    control-interface: "$server/control"
server:
    interface: $2
    access-control: 0.0.0.0/0 allow
    access-control: ::/0 allow
    directory: "$server"
    username: ""
    chroot: ""
    pidfile: ""
    use-syslog: no
    logfile: ""
    log-time-ascii: no
    log-replies: yes
    module-config: "$unbound_module"
    do-not-query-localhost: no
    extended-statistics: yes
CONF
        cat
    } >"$server/unbound.conf"
    daemon "$1" "$server/log" unbound -d -c "$server/unbound.conf"
    await "$server/log" unbound-control -c "$server/unbound.conf" status
}

# named_at HOST ADDRESS <<lines: BIND. The lines follow the options statement.
named_at() {
    server_folder "$1" named
    {
        cat <<CONF
key lab { algorithm hmac-sha256; secret "$(head -c 32 /dev/urandom | base64)"; };
controls { inet 127.0.0.1 allow { 127.0.0.1; } keys { lab; }; };
options {
    directory "$server";
    listen-on { $2; };
    listen-on-v6 { none; };
    pid-file none;
    session-keyfile none;
    managed-keys-directory "$server";
    statistics-file "$server/stats";
    recursion yes;
    allow-query { any; };
    dnssec-validation no;
    querylog no;
};
CONF
        cat
    } >"$server/named.conf"
    sed -n '1p' "$server/named.conf" >"$server/rndc.conf"
    echo 'options { default-key lab; default-server 127.0.0.1; };' \
        >>"$server/rndc.conf"
    daemon "$1" "$server/log" named -g -c "$server/named.conf"
    await "$server/log" named_control "$1" status
}

named_control() { # HOST COMMAND
    in_netns "$1" rndc -c "$work/servers/$1/rndc.conf" "$2"
}

# zone HOST NAME <<records: one more zone for the authority on HOST. SOA and NS
# are given; negative answers live for 60 s.
zone() {
    mkdir -p "$work/servers/$1"
    zone_file=$2.zone
    [ "$2" = . ] && zone_file=root.zone
    {
        printf '$ORIGIN %s\n$TTL 300\n' "${2%.}."
        echo '@ SOA ns.example.net. hostmaster.example.net. 1 3600 600 86400 60'
        echo '@ NS ns.example.net.'
        cat
    } >"$work/servers/$1/$zone_file"
    printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "$2" "$zone_file" \
        >>"$work/servers/$1/zones.conf"
}

# nsd_at HOST ADDRESS@PORT: an authority for the zones given before.
nsd_at() {
    server_folder "$1" nsd
    {
        cat <<CONF
server:
  ip-address: $2
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  zonesdir: "$server"
  pidfile: ""
  logfile: "$server/nsd.log"
  xfrdfile: "$server/xfrd.state"
  zonelistfile: "$server/zone.list"
  xfrdir: "$server"
remote-control:
  control-enable: yes
  control-interface: "$server/control"
CONF
        cat "$server/zones.conf"
    } >"$server/nsd.conf"
    daemon "$1" "$server/log" nsd -d -c "$server/nsd.conf"
    await "$server/nsd.log" nsd-control -c "$server/nsd.conf" status
}

# forward_at HOST LISTEN UPSTREAM RULE...: see forward.c.
forward_at() {
    forward_host=$1 && shift
    mkdir -p "$work/servers/$forward_host"
    say_command "$forward_host" forward "$@"
    daemon "$forward_host" "$work/servers/$forward_host/forward.tsv" \
        "$tools/forward" "$@"
    await /dev/null listens "$forward_host" "$1"
}

listens() { # HOST ADDRESS@PORT
    in_netns "$1" ss -Hlun | grep -qF " ${2%@*}:${2#*@} "
}

# counters HOST: the server's own statistics, once. `finish` does it for all;
# a scenario that stops a server asks before.
counters() {
    server=$work/servers/$1
    [ -f "$server/software" ] && [ ! -f "$server/counters" ] || return 0
    case $(cat "$server/software") in
    unbound) unbound-control -c "$server/unbound.conf" stats_noreset ;;
    nsd) nsd-control -c "$server/nsd.conf" stats_noreset ;;
    named) named_control "$1" stats && named_counters "$server/stats" ;;
    esac >"$server/counters"
}

# The statistics file of BIND as the others' lines: "SECTION.NAME=NUMBER".
named_counters() {
    sed -nE 's/^\+\+ (.*) \+\+$/=\1/p; s/^ +([0-9]+) (.*)$/\1 \2/p' "$1" |
        awk '/^=/ { section = substr($0, 2); next }
            section ~ /^(Incoming Requests|Incoming Queries|Outgoing Rcodes)/ {
                n = $1; $1 = ""; print section "." substr($0, 2) "=" n }'
}

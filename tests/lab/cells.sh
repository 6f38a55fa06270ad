# shellcheck shell=sh
# The cells of the matrix that `record-lookups` records: a stub resolver, what
# befalls it, the number of its nameservers, and ndots.

# list_cells: STUB FAILURE NAMESERVERS NDOTS, one cell a line. The stubs that
# wait longest come first. A dead first of one nameserver is all-dead.
list_cells() {
    for stub in cares go musl glibc; do
        for ndots in 5 1; do
            for failure in all-dead aaaa-ignored a-lost aaaa-lost servfail \
                refused closed truncated nxdomain nodata healthy; do
                echo "$stub $failure 1 $ndots"
                echo "$stub $failure 3 $ndots"
            done
            echo "$stub dead-first 3 $ndots"
            echo "$stub lost 1 $ndots"
        done
        echo "$stub closed-first 3 1"
        echo "$stub slow 1 1"
        echo "$stub healthy 1 2"
        echo "$stub control 1 5"
        # musl 1.2.3 has no TCP.
        [ $stub = musl ] || echo "$stub syn-lost 1 1"
    done
    echo "glibc tcp-blocked 1 1"
    echo "glibc one-process-aaaa-ignored 1 1"
    echo "glibc rotate-dead-first 3 1"
    for option in single-request single-request-reopen; do
        echo "glibc $option-healthy 1 5"
        echo "glibc $option-aaaa-lost 1 5"
    done
    echo "glibc timeout1-attempts5-aaaa-lost 1 5"
    echo "glibc timeout1-attempts5-all-dead 1 5"
}

# failure NAME: what it means. Needs $ndots; sets
#
#   first, rest  what becomes of the first nameserver and of the others:
#                "silent", "closed" or rules of forward.c, none for none
#   tcp          an nft statement for TCP to the nameservers, or nothing
#   options      of resolv.conf, beside ndots
#   names        what is looked up
#   process      "each" when every lookup is a fresh process, or "one"
#   cause, later why a lookup waits, where it does (see fixtures/README.md):
#                the first of a process, and each after it
failure() {
    first='' rest='' tcp='' options='' process=each cause=-
    names='api.example.com web'
    case $1 in
    healthy) ;;
    control)
        process=one
        names=$(seq 10 | sed 's/.*/w&.example.com s&/')
        ;;
    nxdomain) names='nope.example.com nope' ;;
    nodata) names='empty.example.com empty' ;;
    # Half of the pair is answered, the other half is not.
    a-lost) first=$(first_lost 1) cause=half-lost ;;
    aaaa-lost) first=$(first_lost 28) cause=half-lost ;;
    aaaa-ignored) first=type=28,drop rest=$first cause=half-lost ;;
    lost) first="$(first_lost 1) $(first_lost 28)" cause=lost ;;
    dead-first) first=silent cause=dead-server ;;
    all-dead) first=silent rest=silent cause=dead-server ;;
    closed-first) first=closed cause=dead-server ;;
    closed) first=closed rest=closed cause=dead-server ;;
    servfail | refused) first=$1 rest=$1 cause=servfail-ladder ;;
    truncated) first=truncate rest=truncate cause=tc-then-tcp ;;
    # The kernel sends the SYN again after 1 s.
    syn-lost)
        failure truncated
        tcp='quota until 60 bytes drop' cause=tcp-connect
        ;;
    tcp-blocked)
        failure truncated
        tcp=drop cause=tcp-connect
        ;;
    slow) first=delay=400 rest=$first cause=server-slow ;;
    # glibc asks one after the other once it has seen half of a pair lost, and
    # waits for the second alone from then on.
    one-process-*)
        failure "${1#one-process-}"
        process=one later=single-request-fallback
        names='api.example.com web w1.example.com s1'
        return
        ;;
    rotate-*)
        failure "${1#rotate-}"
        process=one options=rotate
        names=$(seq -f 'w%g.example.com' 6)
        ;;
    single-request-reopen-*)
        failure "${1#single-request-reopen-}"
        options=single-request-reopen
        ;;
    single-request-*)
        failure "${1#single-request-}"
        options=single-request
        ;;
    timeout1-attempts5-*)
        failure "${1#timeout1-attempts5-}"
        options='timeout:1 attempts:5'
        ;;
    *)
        echo "lab: no such failure: $1" >&2
        return 1
        ;;
    esac
    later=$cause
}

# first_lost TYPE: rules that drop the first query of TYPE of both lookups. They
# have two dots and none, and two are enough for ndots up to 2.
first_lost() {
    api=api.example.com
    [ "$ndots" -le 2 ] || api=$api.default.svc.cluster.local
    for asked_first in $api web.default.svc.cluster.local; do
        echo "suffix=$asked_first,type=$1,first=1,drop"
    done
}

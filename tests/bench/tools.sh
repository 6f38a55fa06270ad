# shellcheck shell=bash
# Sourced by tests/bench/run and tests/bench/exact: builds what they stand on.

BENCH_BUILD=build/bench

# Compiles PROGRAM from SOURCES (of tests/bench), unless it is there and newer
# than every source and header. Several may try at the same time.
bench_build() { # PROGRAM SOURCES...
    local program=$BENCH_BUILD/$1 new
    shift
    if [ -x "$program" ] &&
        [ -z "$(find tests/bench -name '*.[ch]' -newer "$program")" ]; then
        return 0
    fi
    mkdir -p "$BENCH_BUILD"
    new=$(mktemp "$program.XXXXXX") || return 1
    "${CC:-gcc}" -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra \
        -o "$new" "${@/#/tests/bench/}" -lm && mv "$new" "$program"
}

# The generator and the stopwatch.
bench_tools() {
    bench_build generate generate.c workload.c workload_k8s.c \
        workload_hicard.c cluster.c search.c truth.c frame.c wire.c events.c set.c &&
        bench_build measure measure.c
}

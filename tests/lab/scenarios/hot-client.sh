# shellcheck shell=sh
# Ten clients; one asks for the same name in a loop and makes most of the load.
# Everything is answered at once, by BIND.
about='ten clients, one of which asks for one name in a loop'

. "$lab/office.sh"
outside "$auth@53"
resolver_named
for n in 1 2 3 4 5 6 7 8 9 10; do
    desk "desk$n" "10.20.1.$n" "$dns"
done
record dns eth0 port 53 and not host "$auth"

asks desk4 150 <<'NAMES'
mail.example.com host 120
NAMES
for n in 1 2 3 5 6 7 8 9 10; do
    for name in $(seq 1 9); do
        echo "w$((10 + (n * 9 + name * 7) % 60)).example.com host" \
            "$((1200 + (n * 271 + name * 389) % 1300))"
    done >"$work/names"
    asks "desk$n" <"$work/names"
done
finish

expect queries_from 10.20.1.4 300 300
expect queries_from 10.20.1.5 18 18
expect queries - 462 462
expect unanswered - 0 0
expect lookup_wait_seconds - 0 0.1
expect_counter queries_to "$dns" dns 'Incoming Requests.QUERY'

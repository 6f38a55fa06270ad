# shellcheck shell=sh
# The control once more, recorded with a snapshot length of 96: every header is
# there, no response is whole, and on IPv6 the longer questions are cut, too.
about='the healthy mix recorded with a snapshot length of 96'

. "$lab/office.sh"
healthy_office
record dns eth0 -s 96 port 53 and not host "$auth"
everyday_asks
finish

expect queries - 300 400
expect unanswered - 0 0
expect lookup_wait_seconds - 0 0.05
expect query_types unknown 1 10
expect_counter queries - dns total.num.queries
expect_counter rcodes NOERROR dns num.answer.rcode.NOERROR
expect_counter rcodes NXDOMAIN dns num.answer.rcode.NXDOMAIN

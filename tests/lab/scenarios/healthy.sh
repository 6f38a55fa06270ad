# shellcheck shell=sh
# The control: eight clients, every everyday type, IPv4 and IPv6, some EDNS,
# a little NXDOMAIN and NODATA, everything answered at once. Nothing is wrong
# here, so nothing may be found.
about='eight clients ask for everyday names of all types; nothing is wrong'

. "$lab/office.sh"
healthy_office
record dns eth0 port 53 and not host "$auth"
everyday_asks
finish

expect queries - 300 400
expect duration_seconds - 20 40
expect unanswered - 0 0
expect lookup_wait_seconds - 0 0.05
expect lookup_queries wpad.example.com 2 2
expect queries_to "$dns6" 40 60
expect_counter queries - dns total.num.queries
expect_counter rcodes NOERROR dns num.answer.rcode.NOERROR
expect_counter rcodes NXDOMAIN dns num.answer.rcode.NXDOMAIN

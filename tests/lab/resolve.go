// resolve: what resolve.c is for the C library, for Go's own resolver: looks
// up each name of standard input in turn and prints a line of the same shape.
//
// usage: resolve-go <NAMES             (built with CGO_ENABLED=0)
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// result is Go's own word for what went wrong, without names and addresses.
func result(err error) string {
	var failed *net.DNSError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &failed) && failed.IsTimeout:
		return "i/o timeout"
	case errors.As(err, &failed) && strings.HasPrefix(failed.Err, "read udp"):
		return failed.Err[strings.LastIndex(failed.Err, ": ")+2:]
	case errors.As(err, &failed):
		return failed.Err
	}
	return err.Error()
}

func main() {
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		start := time.Now() // holds the monotonic clock too
		addresses, err := net.DefaultResolver.LookupHost(
			context.Background(), names.Text())
		wait := time.Since(start)
		answer := strings.Join(addresses, ",")
		if answer == "" {
			answer = "-"
		}
		fmt.Printf("%d\t%s\thost\t%s\t%s\t%d\n", start.UnixMicro(),
			names.Text(), result(err), answer, wait.Microseconds())
	}
}

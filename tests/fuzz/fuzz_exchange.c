/* libFuzzer: a script of events on a network (fuzz/script.h) through the whole
 * pipeline. Each frame has one fate, the rows add up, and they are the same
 * whatever keys the hash tables.
 *
 * Octet 0 chooses the timeout, and whether to run again with another key; the
 * rest is the script.
 */
#include "require.h"
#include "script.h"
#include "whole.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct file capture;
    if (size == 0)
        return 0;
    script_play((struct bytes){data + 1, size - 1}, &capture);
    struct whole_options options = whole_options();
    options.timeout_ns = 1 + (data[0] >> 1) * INT64_C(100000000);

    const struct ledger *ledger = whole_run(file_bytes(&capture), &options);
    require(ledger);
    require(ledger_tally(ledger, "counter", "frames") == capture.frames);
    if (data[0] & 1)
        return 0;

    const uint64_t digest = ledger_digest(ledger);
    options.seed = ~UINT64_C(0);
    require(whole_run(file_bytes(&capture), &options) == ledger);
    require(ledger_digest(ledger) == digest);
    return 0;
}

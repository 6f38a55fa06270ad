/* libFuzzer: a file, as if the program had been given it: from its octets to
 * the rows of the database, which must add up. An input is a capture of any
 * kind, so a finding can be given to the program as it is. */
#include "whole.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct whole_options options = whole_options();
    (void)whole_run((struct bytes){data, size}, &options);
    return 0;
}

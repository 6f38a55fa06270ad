#include "report/number.h"

#include <math.h>
#include <stdlib.h>

void report_number_put(FILE *out, double value, const char *unknown)
{
    if (!isfinite(value)) {
        fputs(unknown, out);
        return;
    }
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fputs(text, out);
}

#include "cli/severity.h"

#include <string.h>

enum cli_severity cli_severity_read(const char *text, size_t length)
{
    static const char *const names[] = {
        [CLI_INFO] = "info",
        [CLI_WARNING] = "warning",
        [CLI_ERROR] = "error",
        [CLI_CRITICAL] = "critical",
    };
    for (int i = CLI_INFO; i <= CLI_CRITICAL; i++) {
        if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0)
            return (enum cli_severity)i;
    }
    return CLI_NO_SEVERITY;
}

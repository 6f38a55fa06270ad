/* cli/severity.h: how severe a finding is. */
#ifndef CLI_SEVERITY_H
#define CLI_SEVERITY_H

#include <stddef.h>

enum cli_severity {
    CLI_NO_SEVERITY = 0,
    CLI_INFO,
    CLI_WARNING,
    CLI_ERROR,
    CLI_CRITICAL
};

/* "error" etc. as a severity, CLI_NO_SEVERITY if it is none. */
enum cli_severity cli_severity_read(const char *text, size_t length);

#endif

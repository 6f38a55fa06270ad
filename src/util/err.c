#include "util/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static void fill(struct err *err, enum err_code code, const char *format,
                 va_list args)
{
    err->code = code;
    vsnprintf(err->text, sizeof err->text, format, args);
}

enum err_code err_set(struct err *err, enum err_code code, const char *format,
                      ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        fill(err, code, format, args);
        va_end(args);
    }
    return code;
}

enum err_code err_set_errno(struct err *err, enum err_code code,
                            const char *format, ...)
{
    const int saved = errno;
    if (err) {
        va_list args;
        va_start(args, format);
        fill(err, code, format, args);
        va_end(args);
        const size_t used = strlen(err->text);
        snprintf(err->text + used, sizeof err->text - used, ": %s",
                 strerror(saved));
    }
    return code;
}

#include "capture/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int capture_state_damage(struct capture_state *state, uint64_t offset,
                         const char *format, ...)
{
    struct capture_info *const info = &state->info;
    if (!info->damaged) {
        va_list args;
        va_start(args, format);
        vsnprintf(info->damage, sizeof info->damage, format, args);
        va_end(args);
        info->damaged = true;
        info->damage_frame = state->number + 1;
        info->damage_offset = offset;
    }
    return CAPTURE_PARSE_DAMAGED;
}

enum err_code capture_state_add_port(struct capture_state *state,
                                     uint16_t link_type, uint32_t snap_octets,
                                     struct capture_port **out, struct err *err)
{
    if (state->port_count == state->port_capacity) {
        const size_t capacity =
            state->port_capacity > 0 ? 2 * state->port_capacity : 4;
        struct capture_port *ports =
            realloc(state->ports, capacity * sizeof *ports);
        if (!ports)
            return err_set(err, ERR_NOMEM, "no memory for %zu interfaces",
                           capacity);
        state->ports = ports;
        state->port_capacity = capacity;
    }
    struct capture_port *const port = &state->ports[state->port_count++];
    *port = (struct capture_port){
        .interface = {.link_type = link_type,
                      .snap_octets = snap_octets,
                      .dropped = -1},
    };
    capture_clock_init(&port->clock, CAPTURE_CLOCK_MICROSECONDS, 0);
    *out = port;
    return ERR_OK;
}

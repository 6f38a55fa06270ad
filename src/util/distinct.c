#include "util/distinct.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum {
    PRECISION = 12,
    HASH_BITS = 32,
    RANK_MAX = HASH_BITS - PRECISION + 1, /* no bit set behind the index */
    FIRST_LOG2_SLOTS = 2,
};

static_assert(1 << PRECISION == DISTINCT_REGISTERS, "index bits");

static void set_register(uint8_t *registers, uint32_t hash)
{
    const uint32_t index = hash >> (HASH_BITS - PRECISION);
    const uint32_t rest = hash << PRECISION;
    const uint8_t rank =
        rest ? (uint8_t)(__builtin_clz(rest) + 1) : (uint8_t)RANK_MAX;
    if (registers[index] < rank)
        registers[index] = rank;
}

/* The hashes are uniform already: their low bits choose the slot. 0 marks an
 * empty slot, so the hash 0 counts as 1. */
static uint32_t *slot_of(uint32_t *slots, uint8_t log2_slots, uint32_t hash)
{
    const uint32_t mask = (UINT32_C(1) << log2_slots) - 1;
    uint32_t i = hash & mask;
    while (slots[i] && slots[i] != hash)
        i = (i + 1) & mask;
    return &slots[i];
}

static size_t slot_octets(const struct distinct *d)
{
    return d->log2_slots ? sizeof(uint32_t) << d->log2_slots : 0;
}

static bool grow(struct distinct *d, struct budget *budget)
{
    const uint8_t wanted =
        d->log2_slots ? (uint8_t)(d->log2_slots + 1) : FIRST_LOG2_SLOTS;
    const size_t more = (sizeof(uint32_t) << wanted) - slot_octets(d);
    if (!budget_take(budget, more))
        return false;
    uint32_t *slots = calloc((size_t)1 << wanted, sizeof *slots);
    if (!slots) {
        budget_give(budget, more);
        return false;
    }
    if (!d->log2_slots) {
        *slot_of(slots, wanted, d->set.one) = d->set.one;
    } else {
        for (uint32_t i = 0; i < UINT32_C(1) << d->log2_slots; i++)
            if (d->set.hashes[i])
                *slot_of(slots, wanted, d->set.hashes[i]) = d->set.hashes[i];
        free(d->set.hashes);
    }
    d->set.hashes = slots;
    d->log2_slots = wanted;
    return true;
}

static bool make_dense(struct distinct *d, struct budget *budget)
{
    if (!budget_take(budget, DISTINCT_REGISTERS))
        return false;
    uint8_t *registers = calloc(DISTINCT_REGISTERS, 1);
    if (!registers) {
        budget_give(budget, DISTINCT_REGISTERS);
        return false;
    }
    if (!d->log2_slots && d->used)
        set_register(registers, d->set.one);
    for (uint32_t i = 0; d->log2_slots && i < UINT32_C(1) << d->log2_slots; i++)
        if (d->set.hashes[i])
            set_register(registers, d->set.hashes[i]);
    budget_give(budget, slot_octets(d));
    if (d->log2_slots)
        free(d->set.hashes);
    d->set.registers = registers;
    d->dense = true;
    d->log2_slots = 0;
    return true;
}

bool distinct_add(struct distinct *d, uint32_t hash, struct budget *budget)
{
    hash += hash == 0; /* before anything: order must not matter */
    if (d->dense) {
        set_register(d->set.registers, hash);
        return true;
    }
    if (!d->log2_slots) {
        if (d->used == 0) {
            d->set.one = hash;
            d->used = 1;
            return true;
        }
        if (d->set.one == hash)
            return true;
        if (!grow(d, budget))
            return false;
    }
    uint32_t *slot = slot_of(d->set.hashes, d->log2_slots, hash);
    if (*slot)
        return true;
    if (d->used >= DISTINCT_SPARSE) {
        if (!make_dense(d, budget))
            return false;
        set_register(d->set.registers, hash);
        return true;
    }
    if ((d->used + 1U) * 4 > 3U << d->log2_slots) {
        if (!grow(d, budget))
            return false;
        slot = slot_of(d->set.hashes, d->log2_slots, hash);
    }
    *slot = hash;
    d->used++;
    return true;
}

void distinct_fini(struct distinct *d, struct budget *budget)
{
    budget_give(budget, d->dense ? DISTINCT_REGISTERS : slot_octets(d));
    if (d->dense)
        free(d->set.registers);
    else if (d->log2_slots)
        free(d->set.hashes);
    *d = (struct distinct){0};
}

/* Ertl 2017, equations for the multiplicities of the lowest and highest rank. */
static double sigma(double x)
{
    if (x >= 1.0)
        return INFINITY;
    double y = 1, z = x;
    for (double before = -1; z != before;) {
        before = z;
        x *= x;
        z += x * y;
        y += y;
    }
    return z;
}

static double tau(double x)
{
    if (x <= 0 || x >= 1)
        return 0;
    double y = 1, z = 1 - x;
    for (double before = -1; z != before;) {
        before = z;
        x = sqrt(x);
        y /= 2;
        z -= (1 - x) * (1 - x) * y;
    }
    return z / 3;
}

static uint64_t estimate(const uint8_t *registers)
{
    unsigned having[RANK_MAX + 1] = {0};
    for (unsigned i = 0; i < DISTINCT_REGISTERS; i++)
        having[registers[i]]++;
    const double m = DISTINCT_REGISTERS;
    double z = m * tau((m - having[RANK_MAX]) / m);
    for (int k = RANK_MAX - 1; k >= 1; k--)
        z = (z + having[k]) / 2;
    z += m * sigma(having[0] / m);
    const double alpha = 0.5 / 0.69314718055994530942; /* 1 / (2 ln 2) */
    return (uint64_t)llround(alpha * m * m / z);
}

uint64_t distinct_count(const struct distinct *d)
{
    return d->dense ? estimate(d->set.registers) : d->used;
}

static int compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static char *put_hash(char *out, uint32_t hash)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        *out++ = "0123456789abcdef"[hash >> shift & 15];
    return out;
}

void distinct_text(const struct distinct *d, char out[DISTINCT_TEXT])
{
    if (d->dense) {
        *out++ = 'd';
        for (unsigned i = 0; i < DISTINCT_REGISTERS; i++)
            *out++ = (char)('0' + d->set.registers[i]);
        *out = '\0';
        return;
    }
    *out++ = 's';
    if (!d->log2_slots) { /* most names have one client */
        *(d->used ? put_hash(out, d->set.one) : out) = '\0';
        return;
    }
    uint32_t hashes[DISTINCT_SPARSE];
    unsigned n = 0;
    for (uint32_t i = 0; i < UINT32_C(1) << d->log2_slots; i++)
        if (d->set.hashes[i])
            hashes[n++] = d->set.hashes[i];
    qsort(hashes, n, sizeof *hashes, compare);
    for (unsigned i = 0; i < n; i++)
        out = put_hash(out, hashes[i]);
    *out = '\0';
}

static bool read_registers(struct distinct *d, struct bytes text,
                           struct budget *budget)
{
    if (text.len != DISTINCT_REGISTERS || (!d->dense && !make_dense(d, budget)))
        return false;
    for (unsigned i = 0; i < DISTINCT_REGISTERS; i++) {
        const uint8_t rank = (uint8_t)(text.data[i] - '0');
        if (rank > RANK_MAX)
            return false;
        if (d->set.registers[i] < rank)
            d->set.registers[i] = rank;
    }
    return true;
}

/* 16 when it is none. */
static uint32_t hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - (uint32_t)'0';
    return c >= 'a' && c <= 'f' ? c - (uint32_t)'a' + 10 : 16;
}

static bool read_hashes(struct distinct *d, struct bytes text,
                        struct budget *budget)
{
    enum { DIGITS = HASH_BITS / 4 };
    if (text.len % DIGITS != 0 || text.len / DIGITS > DISTINCT_SPARSE)
        return false;
    for (size_t i = 0; i < text.len; i += DIGITS) {
        uint32_t hash = 0;
        for (size_t j = i; j < i + DIGITS; j++) {
            const uint32_t digit = hex_digit(text.data[j]);
            if (digit > 15)
                return false;
            hash = hash << 4 | digit;
        }
        if (!distinct_add(d, hash, budget))
            return false;
    }
    return true;
}

bool distinct_read(struct distinct *d, struct bytes text, struct budget *budget)
{
    if (text.len == 0)
        return false;
    const struct bytes rest = {text.data + 1, text.len - 1};
    switch (text.data[0]) {
    case 'd':
        return read_registers(d, rest, budget);
    case 's':
        return read_hashes(d, rest, budget);
    default:
        return false;
    }
}

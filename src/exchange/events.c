#include "exchange/events.h"

void exchange_outbox_flush(struct exchange_outbox *outbox,
                           const struct exchange_message *messages,
                           size_t count)
{
    const struct exchange_events events = {
        .messages = messages,
        .message_count = count,
        .transactions = outbox->transactions,
        .transaction_count = outbox->transaction_count,
        .lookups = outbox->lookups,
        .lookup_count = outbox->lookup_count,
    };
    outbox->listener.take(outbox->listener.context, &events);
    outbox->transaction_count = 0;
    outbox->lookup_count = 0;
}

struct exchange_transaction *
exchange_outbox_transaction(struct exchange_outbox *outbox)
{
    if (outbox->transaction_count == EXCHANGE_EVENTS)
        exchange_outbox_flush(outbox, NULL, 0);
    return &outbox->transactions[outbox->transaction_count++];
}

struct exchange_lookup *exchange_outbox_lookup(struct exchange_outbox *outbox)
{
    if (outbox->lookup_count == EXCHANGE_EVENTS)
        exchange_outbox_flush(outbox, NULL, 0);
    return &outbox->lookups[outbox->lookup_count++];
}

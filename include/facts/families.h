/* facts/families.h: the families there are. */
#ifndef FACTS_FAMILIES_H
#define FACTS_FAMILIES_H

#include "facts/facts.h"

extern const struct facts_family facts_traffic;  /* counters, codes */
extern const struct facts_family facts_timeline; /* the part, over time */
extern const struct facts_family facts_latency;  /* histograms */
extern const struct facts_family facts_client;
extern const struct facts_family facts_requester; /* beyond the clients */
extern const struct facts_family facts_server;    /* and who asks whom */
extern const struct facts_family facts_icmp;      /* errors about DNS */
extern const struct facts_family facts_role;      /* who resolves for whom */
extern const struct facts_family facts_name;      /* questions */
extern const struct facts_family facts_slow;      /* the longest lookups */
extern const struct facts_family facts_cause;     /* what lookups waited for */
extern const struct facts_family facts_search;    /* suffixes */
extern const struct facts_family facts_search_answer; /* where they lead */
extern const struct facts_family facts_denial; /* names that others deny */
extern const struct facts_family facts_split;  /* existence by type */
extern const struct facts_family facts_log;    /* --transactions */

#endif

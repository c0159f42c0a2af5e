/*
 * release.h - which effects of a pack's routines take something away from an object: its mappings, its pages, its descriptor.
 */
#ifndef MDLGUARD_ENGINE_RELEASE_H
#define MDLGUARD_ENGINE_RELEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "ruleset/ruleset.h"

/* What is taken away, as a set: RULESET_BIT(kind) for explicit ends of mappings of a kind, and: */
#define RELEASE_PAGES (1u << 30)
#define RELEASE_DESCRIPTOR (1u << 31)

uint32_t release_of_effect(const struct ruleset_effect *effect);
uint32_t release_of_routine(const struct ruleset_routine *routine);
/* Is the routine there to release? One that prepares an object for another use has no pages to give back. */
bool release_is_purpose(const struct ruleset_routine *routine);

#endif

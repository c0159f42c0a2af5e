/*
 * release.c - see release.h.
 */
#include "engine/release.h"

uint32_t release_of_effect(const struct ruleset_effect *effect)
{
    switch (effect->kind) {
    case RULESET_EFFECT_UNMAP_TOKEN: return effect->mask ? effect->mask : (1u << RULESET_MAPPING_COUNT) - 1;
    case RULESET_EFFECT_UNMAP:
    case RULESET_EFFECT_END: return effect->mask;
    case RULESET_EFFECT_SET_DESCRIPTOR: return effect->value == RULESET_DESCRIPTOR_FREED ? RELEASE_DESCRIPTOR : 0;
    case RULESET_EFFECT_SET_PAGES:
        return effect->value == RULESET_PAGES_NONE || effect->value == RULESET_PAGES_RELEASED ? RELEASE_PAGES : 0;
    default: return 0;
    }
}

uint32_t release_of_routine(const struct ruleset_routine *routine)
{
    uint32_t all = 0;

    for (uint32_t o = 0; o < routine->outcomes.count; o++)
        for (uint32_t e = 0; e < routine->outcomes.items[o].effects.count; e++)
            all |= release_of_effect(&routine->outcomes.items[o].effects.items[e]);
    return all;
}

bool release_is_purpose(const struct ruleset_routine *routine)
{
    uint32_t all = release_of_routine(routine);

    if (all & RELEASE_DESCRIPTOR)
        return true;
    for (uint32_t c = 0; c < routine->checks.count; c++)
        if (routine->checks.items[c].kind == RULESET_CHECK_PAGES &&
            !(routine->checks.items[c].mask & RULESET_BIT(RULESET_PAGES_NONE)))
            return (all & RELEASE_PAGES) != 0;
    return false;
}

/*
 * table.c - the tracker's entries: hash chains, queues of places, lists of an object's mappings. See tracker_int.h.
 */
#include "tracker_int.h"

/* Ended mappings that are remembered even though fresh entries are left: a working set that fits a cache. */
#define PAST_MAPPINGS 4096

static uint32_t hash_value(uint64_t value, uint32_t mask)
{
    value *= UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(value >> 32) & mask;
}

static uint32_t bucket_count(uint32_t capacity)
{
    uint32_t count = 16;

    while (count < 2 * capacity)
        count *= 2;
    return count;
}

/* ---- memory ---- */

static size_t round_up(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

static size_t objects_size(const struct mg_config *config)
{
    return round_up(((size_t)config->object_capacity + 1) * sizeof(struct mg_object));
}

static size_t mappings_size(const struct mg_config *config)
{
    return round_up(((size_t)config->mapping_capacity + 1) * sizeof(struct mg_mapping));
}

static size_t nodes_size(const struct mg_config *config)
{
    return round_up(((size_t)config->mapping_capacity + 1) * 2 * sizeof(uint32_t));
}

size_t mg_tracker_size(const struct mg_config *config)
{
    return round_up(sizeof(struct mg_tracker)) + objects_size(config) + mappings_size(config) + nodes_size(config) +
           round_up((size_t)bucket_count(config->object_capacity) * sizeof(uint32_t)) +
           round_up((size_t)bucket_count(2 * config->mapping_capacity) * sizeof(uint32_t));
}

static void queue_push(struct mg_link *queue, struct mg_link *link, uint32_t index, struct mg_link *tail)
{
    link->next = 0;
    link->previous = queue->previous;
    if (tail)
        tail->next = index;
    else
        queue->next = index;
    queue->previous = index;
}

static void object_push(struct mg_tracker *self, uint32_t index)
{
    uint32_t tail = self->object_queue.previous;

    queue_push(&self->object_queue, &self->objects[index].queue, index, tail ? &self->objects[tail].queue : NULL);
}

static void mapping_push(struct mg_tracker *self, uint32_t index)
{
    uint32_t tail = self->mapping_queue.previous;

    queue_push(&self->mapping_queue, &self->mappings[index].queue, index, tail ? &self->mappings[tail].queue : NULL);
    self->mapping_queued++;
}

/* The memory is all zero. */
void mg_table_init(struct mg_tracker *self, void *memory)
{
    unsigned char *at = (unsigned char *)memory + round_up(sizeof(struct mg_tracker));

    self->objects = (struct mg_object *)(void *)at;
    at += objects_size(&self->config);
    self->mappings = (struct mg_mapping *)(void *)at;
    at += mappings_size(&self->config);
    self->mapping_next = (uint32_t *)(void *)at;
    at += nodes_size(&self->config);
    self->object_table.buckets = (uint32_t *)(void *)at;
    self->object_table.mask = bucket_count(self->config.object_capacity) - 1;
    at += round_up((size_t)bucket_count(self->config.object_capacity) * sizeof(uint32_t));
    self->mapping_table.buckets = (uint32_t *)(void *)at;
    self->mapping_table.mask = bucket_count(2 * self->config.mapping_capacity) - 1;
    self->object_fresh = self->mapping_fresh = 1;
}

/* ---- objects ---- */

static void object_unqueue(struct mg_tracker *self, uint32_t index)
{
    struct mg_link *link = &self->objects[index].queue;

    if (link->previous)
        self->objects[link->previous].queue.next = link->next;
    else
        self->object_queue.next = link->next;
    if (link->next)
        self->objects[link->next].queue.previous = link->previous;
    else
        self->object_queue.previous = link->previous;
    link->next = link->previous = 0;
}

static uint32_t *object_chain(const struct mg_tracker *self, uint64_t address)
{
    return &self->object_table.buckets[hash_value(address, self->object_table.mask)];
}

uint32_t mg_object_find(const struct mg_tracker *self, uint64_t address)
{
    uint32_t index = *object_chain(self, address);

    while (index && self->objects[index].address != address)
        index = self->objects[index].hash_next;
    return index;
}

static void object_unhash(struct mg_tracker *self, uint32_t index)
{
    uint32_t *link = object_chain(self, self->objects[index].address);

    while (*link != index)
        link = &self->objects[*link].hash_next;
    *link = self->objects[index].hash_next;
}

/* Chains are kept short where they grow, so that walking one is bounded. */
static bool object_fits(const struct mg_tracker *self, uint64_t address)
{
    uint32_t length = 0;

    for (uint32_t index = *object_chain(self, address); index; index = self->objects[index].hash_next)
        length++;
    return length < MG_PROBE_LIMIT;
}

/* Its mappings have no object any more, and are past. */
static void object_end_mappings(struct mg_tracker *self, uint32_t index)
{
    for (uint32_t kind = 0; kind < MG_MAPPING_KINDS; kind++)
        while (self->objects[index].mappings[kind])
            mg_mapping_end(self, self->objects[index].mappings[kind]);
}

static uint32_t object_take(struct mg_tracker *self, uint64_t address)
{
    bool is_fresh = self->object_fresh <= self->config.object_capacity;
    uint32_t index = is_fresh ? self->object_fresh : self->object_queue.next;

    if (!index || !object_fits(self, address)) {
        self->stats.lost_objects++;
        return 0;
    }
    if (is_fresh)
        self->object_fresh++;
    else
        object_unqueue(self, index);
    if (self->objects[index].state == MG_ENTRY_PAST) {
        object_unhash(self, index);
        self->stats.forgotten++;
    }
    self->objects[index] = (struct mg_object){.address = address, .hash_next = *object_chain(self, address)};
    *object_chain(self, address) = index;
    return index;
}

/* Out of the queue. */
static void object_revive(struct mg_tracker *self, uint32_t index)
{
    if (self->objects[index].state != MG_ENTRY_PAST)
        return;
    object_unqueue(self, index);
    self->objects[index].state = MG_ENTRY_LIVE;
    self->stats.live_objects++;
}

uint32_t mg_object_renew(struct mg_tracker *self, uint64_t address)
{
    uint32_t index = mg_object_find(self, address);

    if (!index) {
        index = object_take(self, address);
        if (!index)
            return 0;
    } else {
        uint32_t hash_next = self->objects[index].hash_next;

        object_revive(self, index);
        object_end_mappings(self, index);
        self->stats.live_objects--;
        self->objects[index] = (struct mg_object){.address = address, .hash_next = hash_next};
    }
    self->objects[index].state = MG_ENTRY_LIVE;
    self->stats.live_objects++;
    return index;
}

void mg_object_retire(struct mg_tracker *self, uint32_t index)
{
    if (self->objects[index].state != MG_ENTRY_LIVE)
        return;
    object_end_mappings(self, index);
    self->objects[index].state = MG_ENTRY_PAST;
    self->stats.live_objects--;
    object_push(self, index);
}

void mg_object_drop(struct mg_tracker *self, uint32_t index)
{
    mg_object_retire(self, index);
    object_unqueue(self, index);
    object_unhash(self, index);
    self->objects[index] = (struct mg_object){.state = MG_ENTRY_UNUSED};
    object_push(self, index);
}

/* ---- mappings ---- */

static uint32_t *mapping_chain(const struct mg_tracker *self, uint64_t token)
{
    return &self->mapping_table.buckets[hash_value(token, self->mapping_table.mask)];
}

static uint64_t node_token(const struct mg_tracker *self, uint32_t node)
{
    const struct mg_mapping *mapping = &self->mappings[node / 2];

    return node & 1 ? mapping->alias : mapping->token;
}

static int mapping_rank(const struct mg_mapping *mapping, uint32_t kinds, uint32_t object)
{
    int rank = mapping->state == MG_ENTRY_LIVE ? 4 : 0;

    if (kinds & MG_BIT(mapping->kind))
        rank += 2;
    return rank + (object && mapping->object == object);
}

uint32_t mg_mapping_find(const struct mg_tracker *self, struct mg_token token, uint32_t kinds, uint32_t object)
{
    uint32_t best = 0;

    for (uint32_t node = *mapping_chain(self, token.value); node; node = self->mapping_next[node]) {
        uint32_t index = node / 2;
        int rank, best_rank;

        if (node_token(self, node) != token.value || self->mappings[index].scope != token.scope)
            continue;
        rank = mapping_rank(&self->mappings[index], kinds, object);
        best_rank = best ? mapping_rank(&self->mappings[best], kinds, object) : -1;
        if (rank > best_rank || (rank == best_rank && self->mappings[index].ended.sequence > self->mappings[best].ended.sequence))
            best = index;
    }
    return best;
}

static void node_unhash(struct mg_tracker *self, uint32_t node)
{
    uint32_t *link = mapping_chain(self, node_token(self, node));

    while (*link && *link != node)
        link = &self->mapping_next[*link];
    if (*link)
        *link = self->mapping_next[node];
}

static void node_hash(struct mg_tracker *self, uint32_t node)
{
    uint32_t *chain = mapping_chain(self, node_token(self, node));

    self->mapping_next[node] = *chain;
    *chain = node;
}

static void mapping_unqueue(struct mg_tracker *self, struct mg_link *list, uint32_t index)
{
    struct mg_link *link = &self->mappings[index].queue;

    if (link->previous)
        self->mappings[link->previous].queue.next = link->next;
    else
        list->next = link->next;
    if (link->next)
        self->mappings[link->next].queue.previous = link->previous;
    else
        list->previous = link->previous;
    link->next = link->previous = 0;
}

static bool mapping_fits(const struct mg_tracker *self, uint64_t token)
{
    uint32_t length = 0;

    for (uint32_t node = *mapping_chain(self, token); node; node = self->mapping_next[node])
        length++;
    return length < MG_PROBE_LIMIT;
}

/* A token that names something new does not name what it was before. */
static void forget_past(struct mg_tracker *self, struct mg_token token)
{
    uint32_t index = mg_mapping_find(self, token, 0, 0);

    if (!index || self->mappings[index].state != MG_ENTRY_PAST)
        return;
    node_unhash(self, 2 * index);
    if (self->mappings[index].alias)
        node_unhash(self, 2 * index + 1);
    mapping_unqueue(self, &self->mapping_queue, index);
    self->mapping_queued--;
    self->mappings[index] = (struct mg_mapping){.state = MG_ENTRY_UNUSED};
    mapping_push(self, index);
}

static uint32_t mapping_take(struct mg_tracker *self)
{
    uint32_t index = self->mapping_queue.next;

    if (self->mapping_fresh <= self->config.mapping_capacity && self->mapping_queued < PAST_MAPPINGS)
        return self->mapping_fresh++;
    if (!index)
        return 0;
    mapping_unqueue(self, &self->mapping_queue, index);
    self->mapping_queued--;
    if (self->mappings[index].state == MG_ENTRY_PAST) {
        node_unhash(self, 2 * index);
        if (self->mappings[index].alias)
            node_unhash(self, 2 * index + 1);
        self->stats.forgotten++;
    }
    return index;
}

uint32_t mg_mapping_add(struct mg_tracker *self, struct mg_token token, uint64_t alias, uint32_t object, uint32_t kind)
{
    struct mg_object *owner = &self->objects[object];
    uint32_t index;

    forget_past(self, token);
    index = mapping_fits(self, token.value) && (!alias || mapping_fits(self, alias)) ? mapping_take(self) : 0;
    if (!index) {
        self->stats.lost_mappings++;
        return 0;
    }
    self->mappings[index] = (struct mg_mapping){.token = token.value, .alias = alias == token.value ? 0 : alias, .scope = token.scope, .state = MG_ENTRY_LIVE,
                                                .object = object, .object_address = owner->address, .kind = kind,
                                                .late_rule = MG_NO_RULE};
    node_hash(self, 2 * index);
    if (self->mappings[index].alias)
        node_hash(self, 2 * index + 1);
    if (object) {
        self->mappings[index].queue.next = owner->mappings[kind];
        if (owner->mappings[kind])
            self->mappings[owner->mappings[kind]].queue.previous = index;
        owner->mappings[kind] = index;
    }
    self->stats.live_mappings++;
    return index;
}

void mg_mapping_end(struct mg_tracker *self, uint32_t index)
{
    struct mg_mapping *mapping = &self->mappings[index];
    struct mg_link list = {0, 0};

    if (mapping->state != MG_ENTRY_LIVE)
        return;
    if (mapping->object) {
        list.next = self->objects[mapping->object].mappings[mapping->kind];
        mapping_unqueue(self, &list, index);
        self->objects[mapping->object].mappings[mapping->kind] = list.next;
    }
    mapping->state = MG_ENTRY_PAST;
    self->stats.live_mappings--;
    mapping_push(self, index);
}

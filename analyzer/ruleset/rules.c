/*
 * rules.c - the parts of a pack that are no routines: systems, origins, rules; the tracked object, leaks and
 * roles.
 */
#include <string.h>

#include "ruleset/pack.h"

/* ---- pass 1: names ---- */

/* True when WHAT was not given yet; notes it in *FIRST. */
static bool only_once(struct pack *self, const struct yaml_node *node, const char *what, const struct yaml_node **first)
{
    if (*first) {
        pack_problem(self, node, "'%s' is given already, in line %u of the pack that has it", what, (*first)->line);
        return false;
    }
    *first = node;
    return true;
}

static void read_systems(struct pack *self, const struct yaml_node *node)
{
    struct pack_systems *systems = &self->set->systems;
    const struct yaml_node *names, *fallback;

    if (!only_once(self, node, "systems", &self->set->systems_node) ||
        !PACK_CHECK_KEYS(self, node, "'systems'", "names", "default"))
        return;
    names = pack_required(self, node, "names", "'systems'");
    fallback = pack_required(self, node, "default", "'systems'");
    if (!names || !fallback || !pack_expect(self, names, YAML_SEQUENCE, "the systems' names"))
        return;
    systems->names = ARENA_NEW_ARRAY(self->set->arena, const char *, names->count + 1);
    for (uint32_t i = 0; i < names->count; i++) {
        const char *name = pack_text(self, names->items[i], "a system's name");
        if (name)
            systems->names[systems->count++] = name;
    }
    systems->target = pack_name(self, fallback, "a system", systems->names, systems->count);
}

static void read_origins(struct pack *self, const struct yaml_node *node)
{
    struct ruleset *out = self->set->out;

    if (!pack_expect(self, node, YAML_SEQUENCE, "'origins'"))
        return;
    for (uint32_t i = 0; i < node->count; i++) {
        const char *name = pack_text(self, node->items[i], "an origin");
        bool is_known = false;
        for (uint32_t k = 0; name && k < out->origins.count; k++)
            is_known |= strcmp(out->origins.items[k], name) == 0;
        if (out->origins.count == RULESET_ORIGINS_MAX && !is_known)
            pack_problem(self, node->items[i], "more than %d origins in all packs", RULESET_ORIGINS_MAX);
        else if (name && !is_known)
            VEC_PUSH_IN(self->set->arena, &out->origins, name);
    }
}

const char *pack_message(struct pack *self, const struct yaml_node *node)
{
    static const char *const words[] = {"mdl", "token", "state", "mapping", "early"};
    const char *text = pack_text(self, node, "a message");

    for (const char *p = text; p && (p = strchr(p, '{')) != NULL; p++) {
        const char *end = strchr(p, '}');
        struct yaml_node word = *node;
        if (!end) {
            pack_problem(self, node, "'{' without '}' in the message");
            return NULL;
        }
        word.text = arena_strndup(self->set->arena, p + 1, (size_t)(end - p - 1));
        if (pack_name(self, &word, "a word that a message can name", words, 5) == 5)
            return NULL;
    }
    return text;
}

static const char *optional_text(struct pack *self, const struct yaml_node *mapping, const char *key)
{
    const struct yaml_node *node = yaml_get(mapping, key);

    return node ? pack_text(self, node, key) : NULL;
}

static const char *required_text(struct pack *self, const struct yaml_node *mapping, const char *key)
{
    const struct yaml_node *node = pack_required(self, mapping, key, "a rule");

    return node ? pack_text(self, node, key) : NULL;
}

static bool is_rule_id(const char *id)
{
    size_t letters = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), digits = strspn(id + letters, "0123456789");

    return letters && digits && !id[letters + digits];
}

/* The page "MDL001-FreeBeforeUnmap.md"; a rule of a user's pack has none, and its summary has to do. */
static const char *rule_page(const struct ruleset_rule *rule)
{
    size_t length = strlen(rule->meta.id);

    for (size_t i = 0; i < embedded_page_count; i++) {
        const struct embedded_file *page = &embedded_pages[i];
        if (strncmp(page->name, rule->meta.id, length) == 0 && page->name[length] == '-')
            return page->text;
    }
    return rule->meta.summary;
}

static void read_rule_texts(struct pack *self, const struct yaml_node *node, struct ruleset_rule *rule)
{
    static const char *const levels[] = {"note", "warning", "error"};
    static const char *const states[] = {"checked", "planned"};
    const struct yaml_node *level = pack_required(self, node, "level", "a rule"),
                           *message = pack_required(self, node, "message", "a rule"),
                           *status = yaml_get(node, "status"), *consequence = yaml_get(node, "consequence");

    rule->meta.id = required_text(self, node, "id");
    rule->meta.name = required_text(self, node, "name");
    rule->meta.summary = required_text(self, node, "summary");
    rule->meta.cwe = optional_text(self, node, "cwe");
    rule->meta.security_severity = optional_text(self, node, "security-severity");
    rule->meta.level = level ? (enum finding_level)(pack_name(self, level, "a level", levels, 3) % 3) : FINDING_WARNING;
    rule->message = message ? pack_message(self, message) : NULL;
    rule->meta.is_consequence = consequence && pack_bool(self, consequence, "'consequence'");
    rule->is_planned = status && pack_name(self, status, "a status", states, 2) == 1;
    rule->is_enabled = !rule->is_planned;
}

static void read_rule(struct pack *self, const struct yaml_node *node)
{
    struct ruleset *out = self->set->out;
    struct ruleset_rule rule = {0};

    if (!PACK_CHECK_KEYS(self, node, "a rule", "id", "name", "level", "summary", "message", "cwe", "security-severity",
                         "status", "consequence"))
        return;
    read_rule_texts(self, node, &rule);
    if (!rule.meta.id || !rule.meta.name || !rule.meta.summary)
        return;
    if (!is_rule_id(rule.meta.id))
        pack_problem(self, yaml_get(node, "id"), "'%s': a rule's id is capital letters and a number, as in MDL001",
                     rule.meta.id);
    for (uint32_t i = 0; i < out->rules.count; i++)
        if (strcmp(out->rules.items[i].meta.id, rule.meta.id) == 0)
            pack_problem(self, yaml_get(node, "id"), "rule '%s' exists already", rule.meta.id);
    rule.meta.help = rule_page(&rule);
    VEC_PUSH_IN(self->set->arena, &out->rules, rule);
}

void pack_read_names(struct pack *self)
{
    const struct yaml_node *systems = yaml_get(self->root, "systems"), *origins = yaml_get(self->root, "origins"),
                           *rules = yaml_get(self->root, "rules");

    if (systems)
        read_systems(self, systems);
    if (origins)
        read_origins(self, origins);
    if (rules && pack_expect(self, rules, YAML_SEQUENCE, "'rules'"))
        for (uint32_t i = 0; i < rules->count; i++)
            read_rule(self, rules->items[i]);
}

/* ---- pass 2: tables ---- */

/* flag-bits: {locked: 0x2} */
static void read_bits(struct pack *self, const struct yaml_node *node, int64_t *bits)
{
    if (!node || !pack_expect(self, node, YAML_MAPPING, "the bits of a flags member"))
        return;
    for (uint32_t i = 0; i < node->count; i++) {
        uint32_t pages = pack_pages(self, node->keys[i]);
        int64_t bit;
        if (pack_int(self, node->items[i], "a bit", &bit) && pages < RULESET_PAGES_COUNT)
            bits[pages] = bit;
    }
}

static void read_object(struct pack *self, const struct yaml_node *node)
{
    struct ruleset_object *object = &self->set->out->object;
    const struct yaml_node *records, *mapped, *addresses, *behind;

    if (!only_once(self, node, "object", &self->set->object) ||
        !PACK_CHECK_KEYS(self, node, "'object'", "records", "chain", "flags", "size", "flag-bits", "mapped-bit", "mapped-bits",
                         "addresses", "pages-behind"))
        return;
    records = pack_required(self, node, "records", "'object'");
    if (records && pack_expect(self, records, YAML_SEQUENCE, "the object's records"))
        for (uint32_t i = 0; i < records->count; i++)
            VEC_PUSH_IN(self->set->arena, &object->records, pack_text(self, records->items[i], "a record's name"));
    object->chain_field = optional_text(self, node, "chain");
    object->flags_field = optional_text(self, node, "flags");
    object->size_field = optional_text(self, node, "size");
    read_bits(self, yaml_get(node, "flag-bits"), object->flag_pages);
    read_bits(self, yaml_get(node, "mapped-bits"), object->flag_mapped_pages);
    mapped = yaml_get(node, "mapped-bit");
    if (mapped)
        pack_int(self, mapped, "a bit", &object->flag_system_mapping);
    behind = yaml_get(node, "pages-behind");
    object->has_pages_behind = behind && pack_bool(self, behind, "'pages-behind'");
    addresses = yaml_get(node, "addresses");
    if (addresses && pack_expect(self, addresses, YAML_SEQUENCE, "'addresses'"))
        for (uint32_t i = 0; i < addresses->count; i++)
            VEC_PUSH_IN(self->set->arena, &object->address_fields,
                        pack_text(self, addresses->items[i], "a member's name"));
}

/* RECORD.FIELD */
static bool read_member(struct pack *self, const struct yaml_node *node, const char **record, const char **field)
{
    const char *dot = strrchr(node->text, '.');

    if (!dot || dot == node->text || !dot[1]) {
        pack_problem(self, node, "'%s': write RECORD.FIELD", node->text);
        return false;
    }
    *record = arena_strndup(self->set->arena, node->text, (size_t)(dot - node->text));
    *field = dot + 1;
    return true;
}

/* lends: {_DRIVER_OBJECT.MajorFunction: [arg1->MdlAddress]} */
static void read_lends(struct pack *self, const struct yaml_node *node)
{
    if (!pack_expect(self, node, YAML_MAPPING, "'lends'"))
        return;
    for (uint32_t i = 0; i < node->count; i++) {
        const struct yaml_node *paths = node->items[i];
        struct ruleset_lend named = {0};

        if (!read_member(self, node->keys[i], &named.record, &named.field))
            continue;
        if (!pack_expect(self, paths, YAML_SEQUENCE, "what is lent"))
            continue;
        for (uint32_t p = 0; p < paths->count; p++) {
            struct ruleset_lend lend = named;
            if (!pack_path(self, paths->items[p], &lend.path))
                continue;
            if (lend.path.root == RULESET_RETURN)
                pack_problem(self, paths->items[p], "what a function is lent is one of its arguments, or behind one");
            VEC_PUSH_IN(self->set->arena, &self->set->out->lends, lend);
        }
    }
}

/* links: {_LIST_ENTRY: [Flink, Blink]} */
static void read_links(struct pack *self, const struct yaml_node *node)
{
    if (!pack_expect(self, node, YAML_MAPPING, "'links'"))
        return;
    for (uint32_t i = 0; i < node->count; i++) {
        struct ruleset_links links = {.record = node->keys[i]->text};
        const struct yaml_node *fields = node->items[i];

        if (!pack_expect(self, fields, YAML_SEQUENCE, "an element's links"))
            continue;
        if (fields->count != 2) {
            pack_problem(self, fields, "an element has two links: the member that leads on and the one that leads back");
            continue;
        }
        for (uint32_t f = 0; f < 2; f++)
            links.fields[f] = pack_text(self, fields->items[f], "a member's name");
        if (links.fields[0] && links.fields[1])
            VEC_PUSH_IN(self->set->arena, &self->set->out->links, links);
    }
}

/* reserved: {_NET_BUFFER_LIST.Flags: 0xF000} */
static void read_reserved(struct pack *self, const struct yaml_node *node)
{
    if (!pack_expect(self, node, YAML_MAPPING, "'reserved'"))
        return;
    for (uint32_t i = 0; i < node->count; i++) {
        struct ruleset_reserved reserved = {0};
        int64_t bits;

        if (!read_member(self, node->keys[i], &reserved.record, &reserved.field) || !pack_int(self, node->items[i], "a set of bits", &bits))
            continue;
        reserved.bits = (uint64_t)bits;
        VEC_PUSH_IN(self->set->arena, &self->set->out->reserved, reserved);
    }
}

static void read_leak(struct pack *self, const struct yaml_node *node)
{
    static const char *const places[] = {"new", "pages", "mapping", "drop"};
    struct ruleset_leak leak = {.descriptor = RULESET_ANY, .pages = RULESET_ANY, .origin = RULESET_ANY};
    const struct yaml_node *rule, *value;
    bool is_planned = false;

    if (!PACK_CHECK_KEYS(self, node, "a leak", "rule", "mappings", "descriptor", "pages", "origin", "chained", "dropped", "at"))
        return;
    rule = pack_required(self, node, "rule", "a leak");
    leak.rule = rule ? pack_rule(self, rule, &is_planned) : NULL;
    if ((value = yaml_get(node, "mappings")) != NULL)
        leak.mappings = pack_mappings_mask(self, value);
    if ((value = yaml_get(node, "descriptor")) != NULL)
        leak.descriptor = pack_descriptors_mask(self, value);
    if ((value = yaml_get(node, "pages")) != NULL)
        leak.pages = pack_pages_mask(self, value);
    if ((value = yaml_get(node, "origin")) != NULL)
        leak.origin = pack_origins_mask(self, value);
    if ((value = yaml_get(node, "chained")) != NULL)
        leak.is_chained = pack_bool(self, value, "'chained'");
    if ((value = yaml_get(node, "dropped")) != NULL)
        leak.is_dropped = pack_bool(self, value, "'dropped'");
    if ((value = yaml_get(node, "at")) != NULL)
        leak.at = (enum ruleset_leak_at)pack_name(self, value, "a place", places, 4);
    if (leak.at == RULESET_LEAK_AT_MAPPING && !leak.mappings)
        pack_problem(self, node, "'at: mapping' needs 'mappings'");
    if (leak.rule)
        VEC_PUSH_IN(self->set->arena, &self->set->out->leaks, leak);
}

/* A pack's leaks go before those of the packs before it: it knows more of what is its own. */
static void read_leaks(struct pack *self, const struct yaml_node *node)
{
    struct ruleset *out = self->set->out;
    struct ruleset before = *out;

    memset(&out->leaks, 0, sizeof(out->leaks));
    for (uint32_t i = 0; i < node->count; i++)
        read_leak(self, node->items[i]);
    for (uint32_t i = 0; i < before.leaks.count; i++)
        VEC_PUSH_IN(self->set->arena, &out->leaks, before.leaks.items[i]);
}

/* changed-while-mapped: {rule: MDL104, mappings: [iommu]} */
static void read_changed(struct pack *self, const struct yaml_node *node)
{
    const struct yaml_node *rule, *mappings;
    bool is_planned;

    if (!PACK_CHECK_KEYS(self, node, "'changed-while-mapped'", "rule", "mappings"))
        return;
    rule = pack_required(self, node, "rule", "'changed-while-mapped'");
    mappings = pack_required(self, node, "mappings", "'changed-while-mapped'");
    if (!rule || !mappings)
        return;
    self->set->out->changed = pack_rule(self, rule, &is_planned);
    self->set->out->changed_kinds = pack_mappings_mask(self, mappings);
}

/* use-after-free-of: {ORIGIN: RULE}, use-after-unmap-of: {KIND: RULE} */
static void read_roles_of(struct pack *self, const struct yaml_node *node, bool is_origin)
{
    struct ruleset *out = self->set->out;
    bool is_planned;

    if (!node || !pack_expect(self, node, YAML_MAPPING, "a role by names"))
        return;
    for (uint32_t i = 0; i < node->count; i++) {
        uint32_t index = is_origin ? pack_origin(self, node->keys[i]) : pack_mapping(self, node->keys[i]);
        const struct ruleset_rule *rule = pack_rule(self, node->items[i], &is_planned);

        if (is_origin && index < out->origins.count)
            out->use_after_free_of[index] = rule;
        else if (!is_origin && index < RULESET_MAPPING_COUNT)
            out->use_after_unmap_of[index] = rule;
    }
}

static void read_roles(struct pack *self, const struct yaml_node *node)
{
    struct ruleset *out = self->set->out;
    const struct yaml_node *value;
    bool is_planned;

    if (!only_once(self, node, "roles", &self->set->roles) ||
        !PACK_CHECK_KEYS(self, node, "'roles'", "use-after-free", "use-after-unmap", "cannot-analyze", "changed-while-mapped",
                         "use-after-free-of", "use-after-unmap-of", "unsized-use"))
        return;
    read_roles_of(self, yaml_get(node, "use-after-free-of"), true);
    read_roles_of(self, yaml_get(node, "use-after-unmap-of"), false);
    if ((value = yaml_get(node, "unsized-use")) != NULL)
        out->unsized_use = pack_rule(self, value, &is_planned);
    if ((value = yaml_get(node, "changed-while-mapped")) != NULL)
        read_changed(self, value);
    if ((value = pack_required(self, node, "use-after-free", "'roles'")) != NULL)
        out->use_after_free = pack_rule(self, value, &is_planned);
    if ((value = pack_required(self, node, "use-after-unmap", "'roles'")) != NULL)
        out->use_after_unmap = pack_rule(self, value, &is_planned);
    if ((value = pack_required(self, node, "cannot-analyze", "'roles'")) != NULL)
        out->cannot_analyze = pack_rule(self, value, &is_planned);
}

void pack_read_tables(struct pack *self)
{
    const struct yaml_node *object = yaml_get(self->root, "object"), *leaks = yaml_get(self->root, "leaks"),
                           *roles = yaml_get(self->root, "roles"), *lends = yaml_get(self->root, "lends"),
                           *links = yaml_get(self->root, "links"), *reserved = yaml_get(self->root, "reserved");

    if (object)
        read_object(self, object);
    if (lends)
        read_lends(self, lends);
    if (links)
        read_links(self, links);
    if (reserved)
        read_reserved(self, reserved);
    if (leaks && pack_expect(self, leaks, YAML_SEQUENCE, "'leaks'"))
        read_leaks(self, leaks);
    if (roles)
        read_roles(self, roles);
}

/*
 * fuzz_pack.c - libFuzzer's target over the pack reader: whatever the text, it is answered with located mistakes, or it is a pack that can be
 * listed. Beside it stands rules.yaml alone, which has all names that a pack can refer to: the other built-in packs take most of the time.
 *
 *   cmake --preset fuzz && cmake --build --preset fuzz --target fuzz_pack
 *   build-fuzz/tests/fuzz_pack -dict=tests/fuzz/pack.dict -max_len=4096 NEW-FOLDER tests/fuzz/corpus/pack tests/packs/wrong rules
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ruleset/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct embedded_file *find_rules(void)
{
    for (size_t i = 0; i < embedded_rule_count; i++)
        if (strcmp(embedded_rules[i].name, "rules.yaml") == 0)
            return &embedded_rules[i];
    abort();
}

static void expect(bool condition)
{
    if (!condition)
        abort();
}

/* A mistake of the pack's own says where; one of the whole set (two rules.yaml, say) speaks of no file. */
static void check_mistakes(const struct mg_error *errors, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        expect(errors[i].text[0] && !strchr(errors[i].text, '\n'));
        expect(!errors[i].line == !errors[i].column);
    }
}

static void list(const struct ruleset *rules)
{
    struct strbuf out;

    strbuf_init(&out);
    ruleset_print_list(rules, &out);
    expect(out.length > 0);
    strbuf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct embedded_file pack = {.name = "fuzz.yaml", .length = size};
    struct arena arena;
    struct ruleset rules;
    struct mg_error *errors;
    uint32_t count;

    arena_init(&arena);
    pack.text = arena_strndup(&arena, (const char *)data, size);
    pack_check_text(find_rules(), 1, &pack, &arena, &rules, &errors, &count);
    check_mistakes(errors, count);
    if (!count)
        list(&rules);
    ruleset_release(&rules);
    arena_release(&arena);
    return 0;
}

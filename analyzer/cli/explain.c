/*
 * explain.c - `mdlguard explain RULE` prints the rule's page, which the binary carries (docs/rules).
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/embedded.h"
#include "cli/commands.h"
#include "cli/output.h"

/* "MDL001-FreeBeforeUnmap.md" is asked for as MDL001 or FreeBeforeUnmap. */
static bool is_page_of(const struct embedded_file *page, const char *rule)
{
    const char *dash = strchr(page->name, '-'), *dot = strrchr(page->name, '.');
    size_t length = strlen(rule);
    if (!dash || !dot || dot < dash)
        return false;
    bool is_id = (size_t)(dash - page->name) == length && strncasecmp(page->name, rule, length) == 0;
    bool is_name = (size_t)(dot - dash - 1) == length && strncasecmp(dash + 1, rule, length) == 0;
    return is_id || is_name;
}

static void list_pages(void)
{
    fprintf(stderr, "The rules are:\n");
    for (size_t i = 0; i < embedded_page_count; i++) {
        const char *name = embedded_pages[i].name, *dash = strchr(name, '-'), *dot = strrchr(name, '.');
        if (dash && dot && dash < dot)
            fprintf(stderr, "  %.*s  %.*s\n", (int)(dash - name), name, (int)(dot - dash - 1), dash + 1);
    }
}

static int print_page(const struct embedded_file *page)
{
    struct strbuf text;

    strbuf_init(&text);
    strbuf_add(&text, page->text, page->length);
    int result = output_print(&text, EXIT_CLEAN);
    strbuf_release(&text);
    return result;
}

int command_explain(const struct options *options, struct arena *arena)
{
    const char *rule = options->inputs.items[0];
    for (size_t i = 0; i < embedded_page_count; i++) {
        if (!is_page_of(&embedded_pages[i], rule))
            continue;
        return print_page(&embedded_pages[i]);
    }
    mg_message_print("error", NULL, 0, 0, arena_printf(arena, "there is no rule '%s'", rule));
    list_pages();
    return EXIT_USAGE;
}

/*
 * test_prefix.c - the leading lines of a file that other units may share (frontend/prefix).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/strbuf.h"
#include "frontend/prefix.h"

/* The prefix of SOURCE is the lines of WANTED, and what follows it is REST. */
static void assert_prefix(const char *source, const char *wanted, const char *rest)
{
    struct arena arena;
    struct prefix prefix;
    struct strbuf text;
    arena_init(&arena);
    strbuf_init(&text);
    prefix_read(source, strlen(source), &arena, &prefix);
    for (uint32_t i = 0; i < prefix.lines.count; i++)
        strbuf_addf(&text, "%s\n", prefix.lines.items[i].text);
    assert_string_equal(text.data, wanted);
    size_t end = prefix.lines.count ? prefix.lines.items[prefix.lines.count - 1].end : 0;
    assert_string_equal(source + end, rest);
    strbuf_release(&text);
    arena_release(&arena);
}

static void takes_includes_and_what_stands_between_them(void **state)
{
    (void)state;
    assert_prefix("#include <a.h>\nint x;\n", "#include <a.h>\n", "int x;\n");
    assert_prefix("// c\n\n/* d\n e */ #define X 1\r\n#  include \"b.h\" // f\r\nint x;", "#define X 1\n#  include \"b.h\"\n",
                  "int x;");
    assert_prefix("\xef\xbb\xbf#include <a.h>\n", "#include <a.h>\n", "");
    assert_prefix("#pragma warning(disable: 4201)\n#include <a.h> /* b */\n#undef Y\n#include <c.h>",
                  "#include <a.h>\n#undef Y\n#include <c.h>\n", "");
}

static void ends_with_an_include(void **state)
{
    (void)state;
    assert_prefix("#include <a.h>\n#define X\nint x;\n", "#include <a.h>\n", "#define X\nint x;\n");
    assert_prefix("#define X\nint x;\n", "", "#define X\nint x;\n");
    assert_prefix("", "", "");
}

static void ends_where_it_is_not_certain(void **state)
{
    (void)state;
    static const char *const doubtful[] = {
        "#if X\n#include <b.h>\n#endif\n",
        "#ifdef X\n",
        "#include NAME\n",
        "#include <b.h> x\n",
        "#include <b.h> /* goes on\n*/\n",
        "#include <b.h> /* one */ x /* two */\n",
        "#include \"b.h\" \\\n\n#include <c.h>\n",
        "#define X \\\n  2\n#include <b.h>\n",
        "#define X(y) y\n#include <b.h>\n",
        "#define X \"text\"\n#include <b.h>\n",
        "#pragma pack(1)\n#include <b.h>\n",
        "#pragma once\n#include <b.h>\n",
        "// goes on \\\n#include <b.h>\n#include <c.h>\n",
        "/* never ends\n#include <b.h>\n",
        "extern \"C\" {\n#include <b.h>\n}\n",
        "int x; \n#include <b.h>\n",
        "#\n#include <b.h>\n",
    };
    for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++) {
        struct strbuf text;
        strbuf_init(&text);
        strbuf_addf(&text, "#include <a.h>\n%s", doubtful[i]);
        assert_prefix(text.data, "#include <a.h>\n", doubtful[i]);
        strbuf_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_includes_and_what_stands_between_them),
        cmocka_unit_test(ends_with_an_include),
        cmocka_unit_test(ends_where_it_is_not_certain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * test_project.c - compile databases, command lines and paths (analyzer/project).
 */
#include "folder_fixture.h"

#include <sys/stat.h>

#include "project/args.h"
#include "project/project.h"
#include "project/split.h"

static const char *in_folder(struct fixture *self, const char *name)
{
    return path_join(&self->arena, self->folder, name);
}

static const char *joined(struct arena *arena, const char *const *items, uint32_t count)
{
    const char *text = "";
    for (uint32_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? "|" : "", items[i]);
    return text;
}

/* Translates COMMAND (shell words) for FILE; the arguments, separated by '|'. */
static const char *translated(struct fixture *self, const char *file, const char *command)
{
    struct text_list words = {0};
    split_command(&self->arena, SPLIT_SHELL, command, strlen(command), &words);
    struct args_request request = {.directory = self->folder,
                                   .file = project_path(&self->arena, self->folder, file),
                                   .argv = words.items,
                                   .argc = words.count,
                                   .has_compiler = true};
    struct args_result out;
    args_translate(&request, &self->arena, &out);
    return out.problem ? out.problem : joined(&self->arena, out.args.items, out.args.count);
}

static const char *split(struct fixture *self, enum split_style style, const char *text)
{
    struct text_list words = {0};
    split_command(&self->arena, style, text, strlen(text), &words);
    return joined(&self->arena, words.items, words.count);
}

static void paths_are_made_absolute_and_plain(void **state)
{
    struct fixture *self = *state;
    struct arena *arena = &self->arena;
    assert_string_equal(project_path(arena, "/a/b", "c.c"), "/a/b/c.c");
    assert_string_equal(project_path(arena, "/a/b", "../c//./d.c"), "/a/c/d.c");
    assert_string_equal(project_path(arena, "/a", "../../../x"), "/x");
    assert_string_equal(project_path(arena, "/a", "/"), "/");
    assert_string_equal(project_path(arena, "/a", "."), "/a");
    assert_string_equal(project_path(arena, "/a", "src\\x.c"), "/a/src/x.c");
    assert_string_equal(project_path(arena, "C:\\src", "..\\x.c"), "C:/x.c");
    assert_string_equal(project_path(arena, "/a", "D:\\k\\..\\m.c"), "D:/m.c");
    assert_string_equal(path_common(arena, "/a/build", "/a/src/x.c"), "/a");
    assert_string_equal(path_common(arena, "/a/b", "/ab/c"), "/");
    assert_true(path_is_below("/a/b", "/a/b"));
    assert_true(path_is_below("/a/b/c", "/a/b"));
    assert_false(path_is_below("/a/bc", "/a/b"));
    assert_string_equal(path_relative("/src/drv/a.c", "/src"), "drv/a.c");
    assert_string_equal(path_relative("/src/drv/a.c", "/src/"), "drv/a.c");
    assert_string_equal(path_relative("/src/drv/a.c", "/"), "src/drv/a.c");
    assert_string_equal(path_relative("/source/a.c", "/src"), "/source/a.c");
    assert_string_equal(path_relative("/src", "/src"), "/src");
    assert_string_equal(path_relative("/src/a.c", ""), "/src/a.c");
}

static void shell_words_are_split_as_the_shell_does(void **state)
{
    struct fixture *self = *state;
    assert_string_equal(split(self, SPLIT_SHELL, " cc  -DA=\\\"x\\\" '-DB=a b' \"-DC=\\\"q\\\" \\n\" a\\ b "),
                        "cc|-DA=\"x\"|-DB=a b|-DC=\"q\" \\n|a b");
    assert_string_equal(split(self, SPLIT_SHELL, "a \"\" b"), "a||b");
    assert_string_equal(split(self, SPLIT_SHELL, "a 'open end"), "a|open end");
    assert_string_equal(split(self, SPLIT_GNU, "'a\\'b' \"c\\d\""), "a'b|cd");
}

static void windows_words_are_split_as_windows_does(void **state)
{
    struct fixture *self = *state;
    assert_string_equal(split(self, SPLIT_WINDOWS, "C:\\bin\\cl.exe /DX=\\\"v\\\" \"/IC:\\Program Files\\inc\\\\\" b"),
                        "C:\\bin\\cl.exe|/DX=\"v\"|/IC:\\Program Files\\inc\\|b");
    assert_string_equal(split(self, SPLIT_WINDOWS, "a\\\\\\\"b \"x\"\"y\""), "a\\\"b|x\"y");
}

static void compilers_are_told_by_their_names(void **state)
{
    (void)state;
    enum args_compiler compiler;
    assert_true(args_parse_compiler("/usr/bin/x86_64-w64-mingw32-gcc-12", &compiler));
    assert_int_equal(compiler, ARGS_GCC);
    assert_true(args_parse_compiler("C:\\LLVM\\bin\\CLANG-CL.EXE", &compiler));
    assert_int_equal(compiler, ARGS_CLANG_CL);
    assert_true(args_parse_compiler("clang++-19", &compiler));
    assert_int_equal(compiler, ARGS_CLANG);
    assert_true(args_parse_compiler("cl", &compiler));
    assert_int_equal(compiler, ARGS_CL);
    assert_false(args_parse_compiler("rustc", &compiler));
}

static void clang_arguments_lose_input_output_and_dependencies(void **state)
{
    struct fixture *self = *state;
    assert_string_equal(translated(self, "a.c", "clang -c -I inc -Iinc2 -DX=1 -MD -MF a.d -MT a.o -o a.o -Wall -Werror a.c"),
                        "-I|inc|-Iinc2|-DX=1");
    assert_string_equal(translated(self, "a.c", "clang -target x86_64-w64-mingw32 -fms-extensions -isystem d a.c -g -oa.o"),
                        "-target|x86_64-w64-mingw32|-fms-extensions|-isystem|d");
    assert_string_equal(translated(self, "a.c", "clang -fsome-new-flag -fplugin=evil.so -Xclang -load -Xclang e.so -- a.c"),
                        "-fsome-new-flag");
    assert_string_equal(translated(self, "a.c", "clang -Wp,-MD,a.d,-DK=2 a.c -include k.h"), "-DK=2|-include|k.h");
}

static void a_standard_of_the_other_language_is_dropped(void **state)
{
    struct fixture *self = *state;
    assert_string_equal(translated(self, "a.c", "clang -std=c++17 a.c"), "");
    assert_string_equal(translated(self, "a.cpp", "clang -std=c++17 a.cpp"), "-std=c++17");
    assert_string_equal(translated(self, "a.cpp", "clang -std=gnu11 a.cpp"), "");
    assert_string_equal(translated(self, "a.c", "clang -x c++ -std=c++20 a.c"), "-xc++|-std=c++20");
    assert_string_equal(translated(self, "a.c", "g++ -std=c++20 a.c"), "-xc++|-std=c++20");
}

static void gcc_arguments_are_kept_only_when_clang_knows_them(void **state)
{
    struct fixture *self = *state;
    assert_string_equal(
        translated(self, "a.c", "gcc -O2 -fconserve-stack -mpreferred-stack-boundary=3 --param x=1 -fshort-wchar -DA a.c"),
        "-O2|-fshort-wchar|-DA");
    assert_string_equal(translated(self, "a.c", "ccache x86_64-w64-mingw32-gcc-12 -municode a.c"),
                        "--target=x86_64-w64-mingw32|-municode");
    assert_string_equal(translated(self, "a.c", "env LANG=C ccache gcc -DB a.c"), "-DB");
}

static void cl_arguments_become_clangs(void **state)
{
    struct fixture *self = *state;
    assert_string_equal(
        translated(self, "a.c", "cl.exe /nologo /c /W4 /WX /DA /D B=2 /DC#3 /UX '/I..\\inc' /FI pre.h /Zp8 /J /Gz /GS- /EHsc "
                                "/Fo.\\a.obj /Fda.pdb /FC /wd4996 /bogus /std:c17 /std:c++17 /MDd /MP8 a.c"),
        "-DA|-DB=2|-DC=3|-UX|-I|../inc|-include|pre.h|-fpack-struct=8|-funsigned-char|-std=c17|-D_MT|-D_DLL|-D_DEBUG|"
        "--target=x86_64-pc-windows-msvc");
    assert_string_equal(translated(self, "a.cpp", "cl /std:c++latest /Zc:wchar_t- /GR- /TP /link /DEBUG x.lib"),
                        "-std=c++23|-Xclang|-fno-wchar|-fno-rtti|-xc++|--target=x86_64-pc-windows-msvc");
    assert_string_equal(translated(self, "a.c", "cl -DQ a.c /Tcb.c"), "-DQ|-xc|--target=x86_64-pc-windows-msvc");
}

static void the_architecture_of_cl_is_found(void **state)
{
    struct fixture *self = *state;
    assert_string_equal(translated(self, "a.c", "'C:\\VC\\bin\\Hostx64\\x86\\cl.exe' a.c"), "--target=i386-pc-windows-msvc");
    assert_string_equal(translated(self, "a.c", "cl /D_ARM64_ a.c"), "-D_ARM64_|--target=aarch64-pc-windows-msvc");
}

static void clang_cl_takes_both_dialects(void **state)
{
    struct fixture *self = *state;
    assert_string_equal(translated(self, "a.c", "clang-cl --target=i686-pc-windows-msvc -imsvc sdk -Xclang -fno-wchar "
                                                "-fms-compatibility-version=19.20 /clang:-fshort-enums -Wno-unused -isystem k -- a.c"),
                        "--target=i686-pc-windows-msvc|-isystem|sdk|-Xclang|-fno-wchar|-fms-compatibility-version=19.20|"
                        "-fshort-enums|-isystem|k");
    assert_string_equal(translated(self, "a.c", "clang --driver-mode=cl /DZ a.c"), "-DZ|--target=x86_64-pc-windows-msvc");
    const char *input = arena_printf(&self->arena, "clang-cl /DZ %s/a.c", self->folder);
    assert_string_equal(translated(self, "a.c", input), "-DZ|--target=x86_64-pc-windows-msvc");
}

static void precompiled_headers_are_neutralised(void **state)
{
    struct fixture *self = *state;
    assert_string_equal(translated(self, "a.c", "cl /Yustdafx.h /FIstdafx.h /Fpx.pch a.c"),
                        "-include|stdafx.h|--target=x86_64-pc-windows-msvc");
    assert_string_equal(translated(self, "p.c", "cl /Ycstdafx.h /Fpx.pch p.c"), "--target=x86_64-pc-windows-msvc");
    /* cl's other half: clang's own precompiled headers */
    assert_string_equal(translated(self, "a.c", "clang -include-pch gone.h.pch a.c"), "");
    write_text(self, "pre.h", "");
    write_text(self, "pre.h.pch", "not a precompiled header");
    assert_string_equal(translated(self, "a.c", "clang -include-pch pre.h.pch a.c"), "-Xclang|-include|-Xclang|pre.h");
    assert_string_equal(translated(self, "a.c", "clang -include pre.h a.c"), "-Xclang|-include|-Xclang|pre.h");
    assert_string_equal(translated(self, "a.c", "clang -Xclang -include-pch -Xclang pre.h.pch -Xclang -include -Xclang pre.h a.c"),
                        "-Xclang|-include|-Xclang|pre.h");
    assert_string_equal(translated(self, "p.h.c", "clang -x c-header -Xclang -emit-pch p.h.c"), "-xc");
}

static void response_files_are_expanded(void **state)
{
    struct fixture *self = *state;
    write_text(self, "a.rsp", "-DONE '-DTWO=a b'\n@b.rsp\n");
    write_text(self, "b.rsp", "-I\"x y\"");
    assert_string_equal(translated(self, "a.c", "clang @a.rsp a.c"), "-DONE|-DTWO=a b|-Ix y");
    write_text(self, "w.rsp", "/I\"C:\\a b\" /DP=\\\"s\\\"");
    assert_string_equal(translated(self, "a.c", "cl @w.rsp a.c"), "-I|C:/a b|-DP=\"s\"|--target=x86_64-pc-windows-msvc");
    write_bytes(self, "u.rsp", "\xff\xfe/\0D\0\xe9\0", 8);
    assert_string_equal(translated(self, "a.c", "cl @u.rsp a.c"), "-D\xc3\xa9|--target=x86_64-pc-windows-msvc");
}

static void a_response_file_that_is_missing_or_cyclic_is_a_problem(void **state)
{
    struct fixture *self = *state;
    assert_non_null(strstr(translated(self, "a.c", "clang @none.rsp a.c"), "none.rsp' cannot be read"));
    write_text(self, "x.rsp", "-DA @y.rsp");
    write_text(self, "y.rsp", "@x.rsp");
    assert_non_null(strstr(translated(self, "a.c", "clang @x.rsp a.c"), "x.rsp' includes itself"));
}

static enum mg_status load(struct fixture *self, const char *build_dir, const char *const *inputs, uint32_t count,
                           struct project *out, struct mg_error *error)
{
    struct project_request request = {.build_dir = build_dir, .inputs = inputs, .input_count = count};
    return project_load(&request, &self->arena, out, error);
}

static void a_database_is_read_sorted_and_without_duplicates(void **state)
{
    struct fixture *self = *state;
    write_text(self, "compile_commands.json",
               "[{\"directory\": \"sub\", \"file\": \"../z.c\", \"arguments\": [\"clang\", \"-DZ\", \"../z.c\"]},\n"
               " {\"directory\": \".\", \"file\": \"a.c\", \"command\": \"clang -DA='1 2' -c a.c -o a.o\"},\n"
               " {\"directory\": \".\", \"file\": \"a.c\", \"command\": \"clang -DA='1 2' -c a.c -o b.o\"},\n"
               " {\"directory\": \".\", \"file\": \"a.c\", \"command\": \"clang -DOTHER a.c\"}]");
    struct project project;
    struct mg_error error;
    assert_int_equal(load(self, self->folder, NULL, 0, &project, &error), MG_OK);
    assert_int_equal(project.units.count, 3);
    assert_string_equal(project.root, self->folder);
    assert_string_equal(project.units.items[0].path, in_folder(self, "a.c"));
    assert_string_equal(joined(&self->arena, project.units.items[0].args, project.units.items[0].arg_count), "-DA=1 2");
    assert_string_equal(project.units.items[2].path, in_folder(self, "z.c"));
    assert_string_equal(project.units.items[2].directory, in_folder(self, "sub"));
}

static void the_root_holds_sources_beside_the_build_folder(void **state)
{
    struct fixture *self = *state;
    assert_int_equal(mkdir(in_folder(self, "build"), 0700), 0);
    assert_int_equal(mkdir(in_folder(self, "src"), 0700), 0);
    write_text(self, "src/a.c", "");
    write_text(self, "build/compile_commands.json", "[{\"directory\": \".\", \"file\": \"../src/a.c\", \"command\": \"cc a.c\"}]");
    struct project project;
    struct mg_error error;
    const char *inputs[] = {in_folder(self, "src/a.c")}; /* the database is found upwards, in build/ */
    assert_int_equal(load(self, NULL, inputs, 1, &project, &error), MG_OK);
    assert_string_equal(project.database, in_folder(self, "build/compile_commands.json"));
    assert_string_equal(project.root, self->folder);
    assert_int_equal(project.units.count, 1);
}

static void inputs_choose_units(void **state)
{
    struct fixture *self = *state;
    write_text(self, "compile_commands.json",
               "\xef\xbb\xbf[{\"directory\": \".\", \"file\": \"d/a.c\", \"command\": \"cc a.c\"},"
               "{\"directory\": \".\", \"file\": \"e/b.c\", \"command\": \"cc b.c\"}]");
    struct project project;
    struct mg_error error;
    const char *folder[] = {in_folder(self, "e")};
    assert_int_equal(load(self, self->folder, folder, 1, &project, &error), MG_OK);
    assert_int_equal(project.units.count, 1);
    assert_string_equal(project.units.items[0].path, in_folder(self, "e/b.c"));
    const char *missing[] = {in_folder(self, "nowhere.c")};
    assert_int_equal(load(self, self->folder, missing, 1, &project, &error), MG_USAGE);
    assert_non_null(strstr(error.text, "nowhere.c' does not exist"));
}

static void a_bad_database_is_located(void **state)
{
    static const struct {
        const char *text, *message;
        uint32_t line, column;
    } cases[] = {
        {"[\n  {\"directory\": \".\",\n   \"file\": ", "not a compile database", 3, 11},
        {"", "not a compile database", 1, 1},
        {"[]", "has no entries", 1, 1},
        {"{}", "array of entries", 1, 1},
        {"[{\"file\": \"a.c\", \"command\": \"cc a.c\"},\n  7]", "entry 2 of the compile database is not an object", 2, 3},
        {"[{\"file\": \"a,{.c\", \"command\": \"cc\"}, {\"command\": \"cc\"}]", "entry 2 of the compile database has no \"file\"", 1, 38},
        {"[{\"file\": \"a.c\"}]", "neither a \"command\" nor \"arguments\"", 1, 2},
        {"[{\"file\": \"a.c\", \"arguments\": [\"cc\", 3]}]", "not text", 1, 2},
    };
    struct fixture *self = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct project project;
        struct mg_error error = {0};
        write_text(self, "compile_commands.json", cases[i].text);
        assert_int_equal(load(self, self->folder, NULL, 0, &project, &error), MG_INPUT);
        if (!strstr(error.text, cases[i].message))
            fail_msg("case %zu: '%s'", i, error.text);
        assert_int_equal(error.line, cases[i].line);
        assert_int_equal(error.column, cases[i].column);
        assert_string_equal(error.file, in_folder(self, "compile_commands.json"));
    }
}

static void a_missing_database_is_a_wrong_call(void **state)
{
    struct fixture *self = *state;
    struct project project;
    struct mg_error error;
    assert_int_equal(load(self, self->folder, NULL, 0, &project, &error), MG_USAGE);
    assert_non_null(strstr(error.text, "has no compile_commands.json"));
    assert_int_equal(load(self, "/nowhere-at-all", NULL, 0, &project, &error), MG_USAGE);
    assert_non_null(strstr(error.text, "does not exist"));
}

static void files_take_the_arguments_behind_the_dashes(void **state)
{
    struct fixture *self = *state;
    write_text(self, "a.c", "");
    const char *inputs[] = {in_folder(self, "a.c")}, *args[] = {"-DX", "-Iinc"};
    struct project_request request = {
        .inputs = inputs, .input_count = 1, .compiler_args = args, .compiler_arg_count = 2};
    struct project project;
    struct mg_error error;
    assert_int_equal(project_load(&request, &self->arena, &project, &error), MG_OK);
    assert_int_equal(project.units.count, 1);
    assert_null(project.database);
    assert_string_equal(joined(&self->arena, project.units.items[0].args, project.units.items[0].arg_count), "-DX|-Iinc");
    inputs[0] = self->folder;
    assert_int_equal(project_load(&request, &self->arena, &project, &error), MG_USAGE);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(paths_are_made_absolute_and_plain),
        TEST(shell_words_are_split_as_the_shell_does),
        TEST(windows_words_are_split_as_windows_does),
        TEST(compilers_are_told_by_their_names),
        TEST(clang_arguments_lose_input_output_and_dependencies),
        TEST(a_standard_of_the_other_language_is_dropped),
        TEST(gcc_arguments_are_kept_only_when_clang_knows_them),
        TEST(cl_arguments_become_clangs),
        TEST(the_architecture_of_cl_is_found),
        TEST(clang_cl_takes_both_dialects),
        TEST(precompiled_headers_are_neutralised),
        TEST(response_files_are_expanded),
        TEST(a_response_file_that_is_missing_or_cyclic_is_a_problem),
        TEST(a_database_is_read_sorted_and_without_duplicates),
        TEST(the_root_holds_sources_beside_the_build_folder),
        TEST(inputs_choose_units),
        TEST(a_bad_database_is_located),
        TEST(a_missing_database_is_a_wrong_call),
        TEST(files_take_the_arguments_behind_the_dashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * parse_int.h - how libclang is called: shared by frontend.c (units) and shared.c (precompiled headers).
 */
#ifndef MDLGUARD_FRONTEND_PARSE_INT_H
#define MDLGUARD_FRONTEND_PARSE_INT_H

#include "base/arena.h"
#include "frontend/clang.h"
#include "frontend/frontend.h"
#include "frontend/shared.h"

struct parse_request {
    const struct frontend_input *input;
    const char *path;        /* what is parsed: the unit's main file, or one that does not exist */
    const char *pch;         /* precompiled header that comes first, or NULL */
    const char *text;        /* stands for PATH's content, or NULL */
    size_t length;
    bool with_keywords;      /* `try` and its kin are words of the language */
    bool with_vectors;       /* with the headers of vectors.h */
    unsigned options;        /* CXTranslationUnit_… beside KeepGoing */
};

bool parse_is_cxx(const struct frontend_input *input);
/* Clang's resource directory. */
const char *parse_resources(const struct frontend_input *input);
enum mg_status parse_file(const struct parse_request *request, CXIndex index, struct arena *arena,
                          CXTranslationUnit *out, struct mg_error *error);
/* The unit of INPUT with the keywords and the headers of vectors that it needs, and nothing else. */
enum mg_status parse_unit(const struct frontend_input *input, CXIndex index, struct arena *arena,
                          CXTranslationUnit *out, struct mg_error *error);
bool parse_is_error(CXDiagnostic diagnostic);
uint32_t parse_count_errors(CXTranslationUnit tu);
/* "file:line:column: text" of DIAGNOSTIC. */
char *parse_describe_error(const struct frontend_input *input, CXDiagnostic diagnostic, struct arena *arena);
/* Does clang complain of `try` and its kin as unknown names? They may stand in the unit or in a macro of a header. */
bool parse_lacks_keywords(CXTranslationUnit tu);
/* The errors of TU are in text that it read, in the main file before LENGTH, and parsing it otherwise would not do away with them. */
bool parse_errors_stand(const struct frontend_input *input, CXTranslationUnit tu, size_t length);
/* Appends the files that TU read to OUT, but for SKIPPED (may be NULL). Those of its precompiled header are not among them. */
void parse_list_files(const struct frontend_input *input, CXTranslationUnit tu, const char *skipped,
                      struct arena *arena, struct input_files *out);
/* Appends the names of files that an #include of TU names and that are nowhere. */
void parse_list_missing(CXTranslationUnit tu, struct arena *arena, struct missing_names *out);
/* Appends the paths at which files of these NAMES would have been found, as far as they are known: in the folders of the arguments and in
 * those of the files in OUT. */
void parse_list_absent(const struct frontend_input *input, const struct missing_names *names, struct arena *arena,
                       struct input_files *out);

/* ---- shared_find.c ---- */

struct shared_finder {
    const struct shared_header *shared;
    CXTranslationUnit tu;
    struct arena *arena;
    CXCursor *named; /* a declaration that is found by name, or null */
};

struct shared_declaration shared_describe(CXCursor cursor, struct arena *arena);
/* What has to stand behind the text of a unit for declarations to be found by name. */
void shared_append_names(const struct shared_header *shared, struct strbuf *text);
void shared_finder_init(struct shared_finder *self, const struct shared_header *shared, CXTranslationUnit tu,
                        struct arena *arena);
/* False when the declaration is not where it was. */
bool shared_find_one(const struct shared_finder *self, uint32_t index, CXCursor *out);
/* Those that a plain parse would visit, in that order; false when one is not where it was. */
bool shared_find(const struct shared_finder *self, bool is_special, void (*found)(void *context, CXCursor cursor),
                 void *context);

#endif

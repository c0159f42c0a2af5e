/*
 * parse_int.h - how libclang is called: shared by frontend.c (units) and shared.c (precompiled headers).
 */
#ifndef MDLGUARD_FRONTEND_PARSE_INT_H
#define MDLGUARD_FRONTEND_PARSE_INT_H

#include <clang-c/Index.h>

#include "base/arena.h"
#include "frontend/frontend.h"

struct parse_request {
    const struct frontend_input *input;
    const char *path;        /* what is parsed: the unit's main file, or one that does not exist */
    const char *pch;         /* precompiled header that comes first, or NULL */
    const char *text;        /* stands for PATH's content, or NULL */
    size_t length;
    bool with_keywords;      /* `try` and its kin are words of the language */
    unsigned options;        /* CXTranslationUnit_… beside KeepGoing */
};

bool parse_is_cxx(const struct frontend_input *input);
enum mg_status parse_file(const struct parse_request *request, CXIndex index, struct arena *arena,
                          CXTranslationUnit *out, struct mg_error *error);
/* The unit of INPUT with the keywords that it needs, and nothing else. */
enum mg_status parse_unit(const struct frontend_input *input, CXIndex index, struct arena *arena,
                          CXTranslationUnit *out, struct mg_error *error);
bool parse_is_error(CXDiagnostic diagnostic);
uint32_t parse_count_errors(CXTranslationUnit tu);
/* Appends the files that TU read to OUT, but for SKIPPED (may be NULL). Those of its precompiled header are not among them. */
void parse_list_files(const struct frontend_input *input, CXTranslationUnit tu, const char *skipped,
                      struct arena *arena, struct input_files *out);
/* Appends the paths at which a file that TU includes and that is nowhere would have been found, as far as they are known: in the folders
 * of the arguments and in those of the files in OUT. */
void parse_list_absent(const struct frontend_input *input, CXTranslationUnit tu, struct arena *arena,
                       struct input_files *out);

/*
 * The declarations that TU has of SHARED's headers and that a plain parse would visit, in that order; false when one is not where it
 * was.
 */
struct shared_header;
bool shared_find(const struct shared_header *shared, CXTranslationUnit tu, bool is_special,
                 void (*found)(void *context, CXCursor cursor), void *context);

#endif

/*
 * vectors.c - knows which headers of clang's define the instructions from AVX on, and by which names one needs them.
 *
 * A header is left out by defining the macro that says it was read. Which headers these are differs from one clang to the next; one that is
 * not known here is read, and when it needs one that was left out, it has an error.
 */
#include "frontend/vectors.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/intern.h"
#include "base/strbuf.h"
#include "frontend/parse_int.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

static const char *const arguments[] = {
    "-D_AVX512VLVP2INTERSECT_H",
    "-D_AVX512VP2INTERSECT_H",
    "-D__AVX2INTRIN_H",
    "-D__AVX512BF16INTRIN_H",
    "-D__AVX512BITALGINTRIN_H",
    "-D__AVX512BWINTRIN_H",
    "-D__AVX512CDINTRIN_H",
    "-D__AVX512DQINTRIN_H",
    "-D__AVX512FINTRIN_H",
    "-D__AVX512FP16INTRIN_H",
    "-D__AVX512VBMI2INTRIN_H",
    "-D__AVX512VLBF16INTRIN_H",
    "-D__AVX512VLBITALGINTRIN_H",
    "-D__AVX512VLBWINTRIN_H",
    "-D__AVX512VLCDINTRIN_H",
    "-D__AVX512VLDQINTRIN_H",
    "-D__AVX512VLFP16INTRIN_H",
    "-D__AVX512VLINTRIN_H",
    "-D__AVX512VLVBMI2INTRIN_H",
    "-D__AVX512VLVNNIINTRIN_H",
    "-D__AVX512VNNIINTRIN_H",
    "-D__AVX512VPOPCNTDQINTRIN_H",
    "-D__AVX512VPOPCNTDQVLINTRIN_H",
    "-D__AVXIFMAINTRIN_H",
    "-D__AVXINTRIN_H",
    "-D__AVXNECONVERTINTRIN_H",
    "-D__AVXVNNIINT16INTRIN_H",
    "-D__AVXVNNIINT8INTRIN_H",
    "-D__AVXVNNIINTRIN_H",
    "-D__F16CINTRIN_H",
    "-D__FMA4INTRIN_H",
    "-D__FMAINTRIN_H",
    "-D__GFNIINTRIN_H",
    "-D__IFMAINTRIN_H",
    "-D__IFMAVLINTRIN_H",
    "-D__SHA512INTRIN_H",
    "-D__SM3INTRIN_H",
    "-D__SM4INTRIN_H",
    "-D__VAESINTRIN_H",
    "-D__VBMIINTRIN_H",
    "-D__VBMIVLINTRIN_H",
    "-D__VPCLMULQDQINTRIN_H",
    "-D__XOPINTRIN_H",
};

/* How the names begin that only these headers define. */
static const char *const families[] = {
    "_mm256",      "_mm512",       "__m256",        "__m512",         "__mmask",     "_CMP_",      "_MM_CMPINT_",
    "_MM_MANT",    "_MM_PERM_",    "_MM_PCOMCTRL_", "_MM_TERNLOG_",   "_cvtmask",    "_cvtsh_ss",  "_cvtss_sh",
    "_cvtu32_",    "_cvtu64_",     "_kadd_mask",    "_kand_mask",     "_kandn_mask", "_knot_mask", "_kor_mask",
    "_kortest",    "_kshift",      "_ktest",        "_kunpack",       "_kxnor_mask", "_kxor_mask", "_load_mask",
    "_store_mask",
};

/* How those begin that older instructions have too, and the headers that have these. */
#define COMMON_FAMILY "_mm_"
static const char *const older[] = {
    "mmintrin.h",  "xmmintrin.h",       "emmintrin.h",          "pmmintrin.h",       "tmmintrin.h",
    "smmintrin.h", "__wmmintrin_aes.h", "__wmmintrin_pclmul.h", "clflushoptintrin.h", "ammintrin.h",
    "mm_malloc.h", "shaintrin.h",       "clwbintrin.h",         "mwaitxintrin.h",    "crc32intrin.h",
};

const char *const *vectors_left_out(uint32_t *count)
{
    *count = COUNT_OF(arguments);
    return arguments;
}

/* ---- names in a text ---- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

static size_t word_length(const char *at, const char *end)
{
    size_t length = 0;
    while (at + length < end && is_word(at[length]))
        length++;
    return length;
}

static bool begins(const char *at, const char *end, const char *with)
{
    size_t length = strlen(with);
    return (size_t)(end - at) >= length && memcmp(at, with, length) == 0;
}

/* The next name at or behind AT that begins with '_'; NULL when there is none. */
static const char *next_name(const char *text, const char *at, const char *end)
{
    while (at < end && (at = memchr(at, '_', (size_t)(end - at))) && at > text && is_word(at[-1]))
        at++;
    return at < end ? at : NULL;
}

static bool names_family(const char *text, size_t length)
{
    const char *end = text + length;
    for (const char *at = next_name(text, text, end); at; at = next_name(text, at + 1, end))
        for (size_t i = 0; i < COUNT_OF(families); i++)
            if (begins(at, end, families[i]))
                return true;
    return false;
}

/* Adds the names of the common family in TEXT. */
static void take_common(struct intern *names, const char *text, size_t length)
{
    const char *end = text + length;
    for (const char *at = next_name(text, text, end); at; at = next_name(text, at + 1, end))
        if (begins(at, end, COMMON_FAMILY))
            intern_bytes(names, at, word_length(at, end));
}

/* ---- the files of a unit ---- */

struct search {
    CXTranslationUnit tu;
    const char *resources;
    struct arena arena;
    struct intern named; /* of the common family, by a file of the project */
    bool is_missed;
};

static bool is_clangs(const struct search *self, CXFile file)
{
    CXString name = clang_getFileName(file);
    const char *path = clang_getCString(name);
    bool is_inside = path && strncmp(path, self->resources, strlen(self->resources)) == 0;
    clang_disposeString(name);
    return is_inside;
}

static void look_in_file(CXFile file, CXSourceLocation *stack, unsigned depth, CXClientData data)
{
    struct search *self = data;
    size_t length = 0;
    (void)stack;
    (void)depth;
    const char *text = self->is_missed || is_clangs(self, file) ? NULL : clang_getFileContents(self->tu, file, &length);
    if (!text)
        return;
    self->is_missed = names_family(text, length);
    if (!clang_Location_isInSystemHeader(clang_getLocationForOffset(self->tu, file, 0)))
        take_common(&self->named, text, length); /* <intrin.h> declares what no compiler has */
}

static bool has_error_in_clangs(struct search *self)
{
    unsigned count = clang_getNumDiagnostics(self->tu);
    bool has = false;
    for (unsigned i = 0; i < count && !has; i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(self->tu, i);
        CXFile file;
        clang_getFileLocation(clang_getDiagnosticLocation(diagnostic), &file, NULL, NULL, NULL);
        has = parse_is_error(diagnostic) && file && is_clangs(self, file);
        clang_disposeDiagnostic(diagnostic);
    }
    return has;
}

/* Is there a name of the common family that no older header has? */
static bool some_are_new(struct search *self)
{
    struct intern known;
    struct strbuf text;
    bool is_new = false;
    intern_init(&known, &self->arena);
    strbuf_init(&text);
    for (size_t i = 0; i < COUNT_OF(older); i++) {
        strbuf_clear(&text);
        if (strbuf_read_file(&text, arena_printf(&self->arena, "%s/include/%s", self->resources, older[i]), NULL) == MG_OK)
            take_common(&known, text.data, text.length);
    }
    for (uint32_t i = 0; i < self->named.capacity && !is_new; i++)
        is_new = self->named.slots[i].text && !intern_find(&known, self->named.slots[i].text);
    strbuf_release(&text);
    intern_release(&known);
    return is_new;
}

bool vectors_are_missed(CXTranslationUnit tu, const char *resources)
{
    struct search search = {.tu = tu, .resources = resources};
    arena_init(&search.arena);
    intern_init(&search.named, &search.arena);
    search.is_missed = has_error_in_clangs(&search);
    clang_getInclusions(tu, look_in_file, &search);
    bool is_missed = search.is_missed || (search.named.count && some_are_new(&search));
    intern_release(&search.named);
    arena_release(&search.arena);
    return is_missed;
}

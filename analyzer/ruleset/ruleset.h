/*
 * ruleset.h - rule packs as tables: what each routine requires of an MDL and does to it. The engine, the shim's generator, `explain`,
 * the reports and `rules list` all read these tables and nothing else about Windows.
 *
 * Sources: the files rules/NAME.yaml (embedded in the binary), packs of the user (--rules, .mdlguard.yaml). Format: docs/rule-format.md,
 * rules/pack.schema.json. Facts and their documents: each routine's `source`.
 *
 * How the engine reads a routine when a call of it is met:
 *   1. `checks`, in order. The first that certainly fails is reported under its rule; the call then has no effect and the object is given up
 *      (one finding per MDL and wrong event). One that cannot be decided yet (the object came from the caller) is left to the caller.
 *   2. `outcomes`: every outcome whose conditions are possible is followed, each as a path of its own: the conditions on the result are
 *      assumed, then the effects applied in order. A routine without outcomes returns an unknown value and changes nothing.
 */
#ifndef MDLGUARD_RULESET_RULESET_H
#define MDLGUARD_RULESET_RULESET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "report/finding.h"

/* ---- the facets of an MDL (docs/rule-format.md); masks hold 1u << value ---- */

#define RULESET_DESCRIPTORS(X)                                                                                         \
    X(LIVE, "live")                                                                                                    \
    X(FREED, "freed")                                                                                                  \
    X(BORROWED, "borrowed") /* owned by somebody else: the I/O manager, a framework */

#define RULESET_PAGES(X)                                                                                               \
    X(NONE, "none")             /* descriptor only: no page frames filled in */                                        \
    X(LOCKED, "locked")                                                                                                \
    X(NONPAGED, "nonpaged")     /* built over nonpaged pool */                                                         \
    X(PARTIAL, "partial")       /* a view of another MDL's pages */                                                    \
    X(ALLOCATED, "allocated")   /* the MDL owns its pages */                                                           \
    X(IO_SPACE, "io-space")                                                                                            \
    X(HAND_FILLED, "hand-filled") /* page frames written by the driver itself */                                       \
    X(RELEASED, "released")     /* unlocked, or the allocated pages freed */

#define RULESET_MAPPINGS(X)                                                                                            \
    X(SYSTEM, "system")                                                                                                \
    X(USER, "user")                                                                                                    \
    X(RESERVED, "reserved")                                                                                            \
    X(IOMMU, "iommu")                                                                                                  \
    X(IDENTITY, "identity")                                                                                            \
    X(LOGICAL, "logical")                                                                                              \
    X(DMA, "dma")                                                                                                      \
    X(PHYSICAL_OBJECT, "physical-object") /* a second handle of an object that owns memory */                         \
    X(ADL, "adl")               /* a list of addresses for a device */                                                 \
    X(VIEW, "view")             /* an address range of an object that is no MDL */

enum ruleset_descriptor {
#define X(id, text) RULESET_DESCRIPTOR_##id,
    RULESET_DESCRIPTORS(X)
#undef X
        RULESET_DESCRIPTOR_COUNT
};
enum ruleset_pages {
#define X(id, text) RULESET_PAGES_##id,
    RULESET_PAGES(X)
#undef X
        RULESET_PAGES_COUNT
};
enum ruleset_mapping {
#define X(id, text) RULESET_MAPPING_##id,
    RULESET_MAPPINGS(X)
#undef X
        RULESET_MAPPING_COUNT
};

#define RULESET_ORIGINS_MAX 31
#define RULESET_BIT(value) (1u << (value))
#define RULESET_ANY UINT32_MAX

/* ---- access paths: "arg0", "return", "arg1->pMdl", "*arg2", "arg0.Field" ---- */

enum ruleset_root {
    RULESET_ARG,
    RULESET_RETURN,
    RULESET_HERE, /* "$", in annotations only: what is annotated. No routine has it */
};

struct ruleset_step {
    bool is_deref;     /* follow the pointer; else select `field` */
    const char *field; /* name; NULL for a deref */
};

struct ruleset_path {
    enum ruleset_root root;
    uint32_t arg; /* 0-based */
    uint32_t step_count;
    const struct ruleset_step *steps; /* "arg1->pMdl" is deref, field pMdl */
    const char *text;                 /* as written in the pack */
};

/* ---- checks ---- */

/* `path` equals (or does not equal) a constant: "arg1: 0", "arg4: not 0", under the mask when it is not 0: "arg5 & 0x4: 0". */
struct ruleset_condition {
    struct ruleset_path path;
    int64_t value;
    int64_t mask; /* 0: the whole value */
    bool is_negated;
    bool is_mapped;  /* "mapped", "not mapped": `path` may be the token of a live mapping, or may be none; `value` is not looked at */
    bool is_certain; /* "certainly 0", "not certainly 0": decided by what is known of the value, and nothing is assumed of it */
};

/* A VEC of them. */
struct ruleset_conditions {
    struct ruleset_condition *items;
    uint32_t count, capacity;
};

enum ruleset_check_kind {
    RULESET_CHECK_DESCRIPTOR,  /* the descriptor is one of `mask` */
    RULESET_CHECK_PAGES,       /* the pages are one of `mask` */
    RULESET_CHECK_ORIGIN,      /* the MDL was made by one of the origins in `mask` (ruleset->origins) */
    RULESET_CHECK_NO_MAPPING,  /* no live mapping of the kinds in `mask` */
    RULESET_CHECK_MAPPING,     /* a live mapping of a kind in `mask` exists */
    RULESET_CHECK_TOKEN,       /* `path` is the token of a live mapping of a kind in `mask` (never mapped, ended, of another kind: fails) */
    RULESET_CHECK_TOKEN_OWNER, /* `path` belongs to a mapping of the routine's MDL, not of another one */
    RULESET_CHECK_HANDLER,     /* an exception is caught here, or on every way into the function. Speaks of the call, not of the MDL: a failure
                                  does not end the path */
};

struct ruleset_rule;

struct ruleset_check {
    enum ruleset_check_kind kind;
    uint32_t mask;
    uint32_t if_pages, if_origin;  /* the check holds only for MDLs whose pages / origin are in the mask; RULESET_ANY when unrestricted */
    struct ruleset_conditions conditions; /* the check holds only for calls where all of these certainly hold */
    struct ruleset_path path;      /* TOKEN, TOKEN_OWNER; is_over */
    bool is_over;                  /* NO_MAPPING: of every MDL that was made over what is at `path` */
    struct ruleset_path subject;   /* the MDL that the check speaks of, when it is not the routine's (has_subject) */
    bool has_subject;
    bool allows_null;              /* TOKEN: 0 is no token, and right as well */
    bool unless_listed;            /* not for MDLs whose list of pages somebody has looked at */
    const struct ruleset_rule *rule; /* what its failure is */
    const char *message;           /* overrides the rule's; or NULL */
    const char *message_written;   /* overrides both when the driver wrote the page frames itself; or NULL */
    uint32_t line, column;         /* in the pack */
};

/* ---- outcomes ---- */

enum ruleset_result {
    RULESET_RESULT_ANY,
    RULESET_RESULT_NULL,     /* 0, FALSE */
    RULESET_RESULT_NONNULL,  /* not 0, TRUE */
    RULESET_RESULT_SUCCESS,  /* NT_SUCCESS: >= 0 */
    RULESET_RESULT_FAILURE,  /* < 0 */
    RULESET_RESULT_POSITIVE, /* > 0: a number of things that were done */
    RULESET_RESULT_RAISES,   /* does not return: raises an exception */
};

/* SET_* and MAP speak of the routine's MDL; after a NEW in the same outcome, of the new MDL; after an UNMAP_TOKEN in a routine without
 * an MDL of its own, of the MDL that the token was bound to. */
enum ruleset_effect_kind {
    RULESET_EFFECT_NEW,            /* `path` now holds a new MDL: descriptor `value`, `pages`, `origin` */
    RULESET_EFFECT_SET_DESCRIPTOR, /* of the routine's MDL (or of `path`): `value` */
    RULESET_EFFECT_SET_PAGES,      /* `value` */
    RULESET_EFFECT_SET_ORIGIN,     /* `value` */
    RULESET_EFFECT_MAP,            /* a mapping of kind `value` exists, its token is at `path` (has_other: and a second one at `other`); without a
                                      path it has no token that anybody could see, and is known by its MDL */
    RULESET_EFFECT_UNMAP_TOKEN,    /* the mapping whose token is at `path` ends */
    RULESET_EFFECT_END,            /* the MDL's mappings of the kinds in `mask` end by themselves; a later explicit unmap is `late_rule` at this call */
    RULESET_EFFECT_UNMAP,          /* the MDL's mappings of the kinds in `mask` are unmapped explicitly (keyed by the MDL) */
    RULESET_EFFECT_ESCAPE,         /* `path` is kept by the routine or by the system: nothing leaks afterwards */
    RULESET_EFFECT_BORROW,         /* `path` now holds an MDL of somebody else's */
    RULESET_EFFECT_LINK,           /* the MDL at `path` now belongs to the object at `other` (Irp->MdlAddress) */
    RULESET_EFFECT_WRITE,          /* `path` now holds an unknown value; where it is a pointer, what it held may be kept there */
    RULESET_EFFECT_NULL,           /* `path` now holds 0 */
    RULESET_EFFECT_INVALID,        /* `path` now holds a token that was never mapped (output of a failed map call) */
    RULESET_EFFECT_ZERO,           /* the object that `path` points to is zeroed */
    RULESET_EFFECT_COPY,           /* the object that `other` points to is copied to the one that `path` points to */
    RULESET_EFFECT_ASSIGN,         /* `path` now holds the value that `other` held: InterlockedExchangePointer */
    RULESET_EFFECT_USE,            /* the memory that `path` points to is read or written (dead addresses: MDL014) */
    RULESET_EFFECT_SIZED,          /* somebody has looked at the size of the MDL at `path` */
    RULESET_EFFECT_DROP,           /* FREE_MEMORY of a record whose MDLs are marked: the leak table tells them from others */
    RULESET_EFFECT_MAY_FAULT,      /* from here on, reading or writing the memory that `path` points to may raise an exception */
    RULESET_EFFECT_NEW_MEMORY,     /* `path` points to memory that nobody else knows: what is kept there is lost with it */
    RULESET_EFFECT_RUN,            /* the function at `path` runs with `args` */
    RULESET_EFFECT_FREE_MEMORY,    /* the memory that `path` points to is gone, and what only it held is lost; an MDL is no such memory */
};

struct ruleset_effect {
    enum ruleset_effect_kind kind;
    struct ruleset_path path, other; /* path: for SET_* optional (has_path) */
    bool has_path, has_other;
    uint32_t value;          /* a descriptor, pages, origin index or mapping kind */
    uint32_t mask;           /* END, UNMAP: mapping kinds; UNMAP_TOKEN: of these kinds (0: not said) */
    uint32_t pages, origin;  /* NEW */
    uint32_t if_pages, if_origin; /* applies only to MDLs in these states */
    bool is_explicit;        /* MAP: asked for by name, so that leaving it behind is a leak (MDL022) */
    bool is_loose;           /* MAP: others end it, too, while other code runs: a callback gets its token */
    /* NEW, SET_PAGES: has_other: the MDL is over what `other` points to, memory or another MDL */
    bool is_short;           /* NEW: may have fewer pages than were asked for */
    bool is_behind;          /* LINK: behind the last one of the chain that begins at `other` */
    VEC(struct ruleset_path) args; /* RUN: what it is given; a path without a text: nothing that is known */
    bool is_later;           /* RUN: before the call is over or at any time after it */
    bool has_back;           /* RUN: by returning `back`, and nothing else, the function gives back what it was given */
    int64_t back;
    bool unless_back;        /* ESCAPE: not when the function that this outcome runs is known, and gives it back */
    bool unless_mdl;         /* ESCAPE: not when it is an MDL that is followed: that one is known by the place that keeps it */
    bool is_idempotent;      /* MAP: when a live mapping of the kind exists, its token is the result */
    const struct ruleset_rule *late_rule; /* END, UNMAP_TOKEN, UNMAP: unmapping the token again is this */
    bool late_at_end;        /* ... reported at this call (it came too early); else at the later unmap */
};

struct ruleset_outcome {
    enum ruleset_result result;
    uint32_t if_pages, if_origin;             /* possible only for MDLs in these states */
    uint32_t if_no_mapping;                   /* ... that have no live mapping of these kinds; 0: not asked */
    struct ruleset_conditions conditions; /* all must be possible */
    VEC(struct ruleset_effect) effects;
    bool has_at_most;
    struct ruleset_path at_most;               /* has_at_most: the result is not larger than what is there */
    const struct ruleset_rule *unchecked_rule; /* result NULL (or FAILURE): using the result (or the NULL at `unchecked_path`) without a check is this */
    struct ruleset_path unchecked_path;        /* usually "return" */
    const char *says; /* path text: "mapped to the IOMMU here, handle in {token}"; NULL: the outcome is no event */
};

/* ---- routines ---- */

enum ruleset_match_kind {
    RULESET_MATCH_FUNCTION, /* function's name ("MmUnlockPages"), qualified for C++ members ("IPort::Free") */
    RULESET_MATCH_FIELD,    /* call through a member: "DXGKRNL_INTERFACE.DxgkCbMapMdlToIoMmu" (record tag or typedef name) */
    RULESET_MATCH_TYPE,     /* call through a pointer of this typedef: "DXGKCB_MAPMDLTOIOMMU" */
    RULESET_MATCH_MACRO,    /* call of function `name` whose outermost macro is `record`: MmMapLockedPagesSpecifyCache as
                               MmGetSystemAddressForMdlSafe expands to it. Comes before a match by function */
};

struct ruleset_match {
    enum ruleset_match_kind kind;
    const char *record; /* FIELD: the record's name; MACRO: the macro's; else NULL */
    const char *name;   /* function, field or typedef */
};

/* In the context of which process a routine has to be called. */
#define RULESET_PROCESSES(X)                                                                                           \
    X(ANY, "any")             /* it makes no difference, and a document says so */                                     \
    X(CURRENT, "current")     /* any; what the call makes belongs to the one that is current */                        \
    X(OWNER, "owner")         /* the one whose address is passed */                                                    \
    X(MAPPER, "mapper")       /* the one in which the mapping was made */                                              \
    X(REQUESTER, "requester") /* the one that made the request */

enum ruleset_process {
    RULESET_PROCESS_UNKNOWN,
#define X(id, text) RULESET_PROCESS_##id,
    RULESET_PROCESSES(X)
#undef X
    RULESET_PROCESS_COUNT
};

struct ruleset_context {
    enum ruleset_process process;
    uint32_t mappings; /* only for mappings of these kinds; 0: not asked */
    struct ruleset_conditions conditions; /* only where these hold */
};

struct ruleset_routine {
    const char *name;   /* as the documents call it; unique in the ruleset */
    const char *pack;   /* "wdm" */
    const char *source; /* "ddi wdm/nf-wdm-mmunlockpages" */
    VEC(struct ruleset_match) matches;
    bool has_mdl;
    struct ruleset_path mdl; /* the MDL that checks and effects speak of */
    bool is_by_token;        /* ... is the one that the mapping with the token at `mdl` belongs to */
    bool only_tracked;       /* acts on `mdl` only when that value is known to be an MDL (ExFreePool takes anything) */
    bool is_noreturn;
    bool is_waiting;         /* other code runs meanwhile */
    bool is_pure;            /* neither keeps nor changes nor dereferences what it is given (logging, queries) */
    VEC(struct ruleset_check) checks;
    VEC(struct ruleset_outcome) outcomes;
    uint32_t irql_max; /* 0 PASSIVE, 1 APC, 2 DISPATCH, 31 any; recorded, not checked yet */
    struct ruleset_context context; /* recorded, not checked yet */
    bool is_builtin;   /* of a pack in the binary */
    const char *file;  /* the pack's file, and where the routine starts in it */
    uint32_t line, column;
};

/* ---- annotations ---- */

/* What an annotation of a name may stand on; the same name may mean something else elsewhere. */
enum ruleset_on {
    RULESET_ON_MDL,      /* a parameter that points to a tracked object: it is the routine's MDL */
    RULESET_ON_OUT,      /* the result, or a parameter: what it points to */
    RULESET_ON_ARGUMENT, /* a parameter */
    RULESET_ON_FUNCTION,
    RULESET_ON_COUNT
};

struct ruleset_annotation {
    const char *name;
    uint32_t on; /* mask of RULESET_BIT(RULESET_ON_…) */
    struct ruleset_routine body; /* its checks and outcomes; SUCCESS and FAILURE are whatever they are for the function's result */
};

/* A function of the program that somebody annotated (ruleset_annotate). */
struct ruleset_note {
    uint32_t param; /* UINT32_MAX: on the function */
    const char *text; /* "mdlguard:takes"; others are not ours */
};

struct ruleset_param {
    bool is_pointer, is_const; /* const: what it points to */
    bool is_object;            /* points to a tracked object */
};

struct ruleset_declaration {
    const char *name;
    const char *file; /* of the declaration */
    uint32_t line, column;
    enum ruleset_result success; /* how its result tells success: NONNULL, SUCCESS; ANY: it does not */
    VEC(struct ruleset_param) params;
    VEC(struct ruleset_note) notes;
};

struct ruleset_rule {
    struct finding_rule meta; /* id, name, level, summary, help, cwe, severity */
    const char *message;      /* template: "MDL {mdl} unlocked while it is mapped to the IOMMU" */
    bool is_enabled;          /* --only, --skip, config */
    bool is_planned;          /* documented, but nothing checks it in this version: no check or effect of the tables refers to it */
};

/* Which event acquired what leaks, and so is the primary location. */
enum ruleset_leak_at {
    RULESET_LEAK_AT_NEW,     /* the MDL was made */
    RULESET_LEAK_AT_PAGES,   /* its pages came to be what they are (locked, released) */
    RULESET_LEAK_AT_MAPPING, /* the mapping was made */
    RULESET_LEAK_AT_DROP,    /* what held it was given back */
};

/* What is left of an MDL that nobody can reach any more; the first entry that fits is reported, at the event that acquired it. A state
 * that is not known fits only RULESET_ANY. */
struct ruleset_leak {
    const struct ruleset_rule *rule;
    uint32_t mappings;   /* a live (explicit) mapping of one of these kinds; 0: not asked */
    uint32_t descriptor; /* masks; RULESET_ANY: not asked */
    uint32_t pages, origin;
    bool is_chained;     /* its last holder was the chain link of a released MDL */
    bool is_dropped;     /* it was held by memory that was given back (RULESET_EFFECT_DROP) */
    enum ruleset_leak_at at;
};

/* The C type that stands for the tracked object, and its members that the engine keeps in step. */
struct ruleset_object {
    VEC(const char *) records;  /* "_MDL" */
    const char *chain_field;    /* "Next" */
    const char *flags_field;    /* "MdlFlags" */
    const char *size_field;     /* "ByteCount"; or NULL */
    int64_t flag_pages[RULESET_PAGES_COUNT]; /* bit of flags_field that is set exactly in that state; 0: none */
    int64_t flag_system_mapping;             /* set exactly while there is a live system mapping; 0: none */
    int64_t flag_mapped_pages[RULESET_PAGES_COUNT]; /* set exactly in that state with a live system mapping; 0: none */
    VEC(const char *) address_fields; /* "MappedSystemVa": hold the system mapping's address */
    bool has_pages_behind;            /* the list of its pages lies behind it */
};

/* What the system hands to a function that a driver stores in member `field` of `record`: an MDL at `path`, which stays somebody else's. */
struct ruleset_lend {
    const char *record, *field;
    struct ruleset_path path;
};

/* The two links of a list's element: what one of them leads to leads back by the other, as long as nobody is changing the list. */
struct ruleset_links {
    const char *record, *fields[2];
};

/* Bits of a member that are the driver's own: nobody else sets or clears them. */
struct ruleset_reserved {
    const char *record, *field;
    uint64_t bits;
};

struct ruleset {
    struct arena *arena; /* borrowed */
    VEC(const char *) origins; /* names, index = bit */
    VEC(struct ruleset_routine) routines; /* sorted by name */
    VEC(struct ruleset_rule) rules;       /* sorted by id */
    VEC(struct ruleset_leak) leaks; /* those of a later pack come first */
    VEC(struct ruleset_annotation) annotations;
    struct ruleset_object object;
    VEC(struct ruleset_lend) lends;
    VEC(struct ruleset_links) links;
    VEC(struct ruleset_reserved) reserved;
    const struct ruleset_rule *use_after_free;   /* MDL005: a freed MDL is dereferenced or handed on */
    const struct ruleset_rule *use_after_unmap;  /* MDL014: an ended mapping's address is dereferenced or handed on */
    /* The same for MDLs of one origin, for mappings of one kind; NULL: no other rule. */
    const struct ruleset_rule *use_after_free_of[RULESET_ORIGINS_MAX], *use_after_unmap_of[RULESET_MAPPING_COUNT];
    const struct ruleset_rule *unsized_use;      /* MDL033: memory used through a mapping of an MDL whose size nobody looked at; or NULL */
    const struct ruleset_rule *changed;          /* MDL104: written to while a mapping of the kinds in `changed_kinds` is live; or NULL */
    uint32_t changed_kinds;
    const struct ruleset_rule *cannot_analyze;   /* MDL900 */
    uint64_t hash; /* of the packs' bytes: part of the store's keys */
    struct ruleset_index *index; /* private */
};

/* "windows-10", "windows-7", "windows-vista" …: packs may make effects depend on it (`target-os: {since: windows-7}`). */
struct ruleset_options {
    const char *target_os;      /* NULL: windows-10 */
    const char *target_os_file; /* where that stands, for a mistake in it; NULL: nowhere */
    uint32_t target_os_line, target_os_column;
    const char *const *files;   /* user packs: files or folders, or names of built-in packs that are optional */
    uint32_t file_count;
};

/* The built-in packs and the user's. MG_USAGE with file, line and column for a pack that is wrong (the first mistake; `rules check` lists all). */
enum mg_status ruleset_load(const struct ruleset_options *options, struct arena *arena, struct ruleset *out,
                            struct mg_error *error);
/* A hash of what ruleset_load() would read beside the built-in packs, without a look at what it says. MG_USAGE for a file that cannot be read. */
enum mg_status ruleset_fingerprint(const struct ruleset_options *options, struct arena *arena, uint64_t *out,
                                   struct mg_error *error);
void ruleset_release(struct ruleset *self);

/* Is NAME ("linux") that of a built-in pack which is in force only when it is asked for? */
bool ruleset_is_optional(const char *name);

/* Every mistake in the pack FILEs, in order, as located errors (in ARENA). *count 0: all good. */
enum mg_status ruleset_check_files(const char *const *files, uint32_t file_count, struct arena *arena,
                                   struct mg_error **errors, uint32_t *count);

/*
 * SELF with a routine for each of COUNT annotated functions that no pack speaks of; SELF itself when there are none. Shares SELF's rules, and lives
 * in ARENA. An annotation that means nothing where it stands becomes an error in *errors, and is left out.
 */
struct ruleset_errors {
    struct mg_error *items;
    uint32_t count;
};
const struct ruleset *ruleset_annotate(const struct ruleset *self, const struct ruleset_declaration *declarations, uint32_t count,
                                       struct arena *arena, struct ruleset_errors *errors);

const struct ruleset_routine *ruleset_find_function(const struct ruleset *self, const char *name);
const struct ruleset_routine *ruleset_find_field(const struct ruleset *self, const char *record, const char *field);
const struct ruleset_routine *ruleset_find_type(const struct ruleset *self, const char *name);
/* The call of FUNCTION that the outermost macro MACRO (may be NULL) expands to, where a pack speaks of it. */
const struct ruleset_routine *ruleset_find_macro(const struct ruleset *self, const char *macro, const char *function);
const struct ruleset_rule *ruleset_find_rule(const struct ruleset *self, const char *id);
/* Is RECORD (a tag or typedef name) the tracked object's type? Record names are compared without one leading underscore: "_MDL" is "MDL". */
bool ruleset_is_object(const struct ruleset *self, const char *record);
/* Is RECORD.FIELD the member that LEND speaks of? */
bool ruleset_is_linked(const struct ruleset_links *links, const char *record);
bool ruleset_is_reserved(const struct ruleset_reserved *reserved, const char *record, const char *field);
bool ruleset_lends(const struct ruleset_lend *lend, const char *record, const char *field);

/* `rules list`: one line a routine, by family (pack): name, what it requires and does, source; then how many are only known to do nothing. */
void ruleset_print_list(const struct ruleset *self, struct strbuf *out);

const char *ruleset_pages_name(uint32_t value);
const char *ruleset_mapping_name(uint32_t value);
const char *ruleset_process_name(uint32_t value);
const char *ruleset_descriptor_name(uint32_t value);

#endif

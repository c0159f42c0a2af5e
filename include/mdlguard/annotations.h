/*
 * annotations.h - words for functions of your own that do something to MDLs, so that mdlguard follows them without seeing their bodies:
 *
 *     MDLGUARD_ACQUIRES(locked) PMDL BufPin(PVOID Va, ULONG Length);
 *     NTSTATUS BufMap(PMDL Mdl, MDLGUARD_MAPS(system) PVOID *Address);
 *     VOID BufUnpin(MDLGUARD_RELEASES(locked) PMDL Mdl);
 *
 * They are attributes for clang, and nothing for every other compiler; no code comes of them. docs/annotations.md says what each means to the
 * analyzer. rules/annotations.yaml says it exactly; a function that needs more than these words is described in a rule pack.
 */
#ifndef MDLGUARD_ANNOTATIONS_H
#define MDLGUARD_ANNOTATIONS_H

#if defined(__clang__)
#define MDLGUARD_ANNOTATION(text) __attribute__((annotate("mdlguard:" text)))
#else
#define MDLGUARD_ANNOTATION(text)
#endif

/*
 * descriptor, locked, pages: the result, or what the parameter points to, is a new MDL that the caller has to release; with nothing in it, with
 * locked pages, or with pages of its own.
 * lock: on a parameter that is an MDL: its pages are locked.
 */
#define MDLGUARD_ACQUIRES(what) MDLGUARD_ANNOTATION("acquires-" #what)

/* On a parameter that is an MDL. lock: its pages are unlocked; descriptor: it is freed; locked: both; pages: its pages and it are freed. */
#define MDLGUARD_RELEASES(what) MDLGUARD_ANNOTATION("releases-" #what)

/* system, user, iommu: the result, or what the parameter points to, is the address or handle of a new mapping of the function's MDL. */
#define MDLGUARD_MAPS(kind) MDLGUARD_ANNOTATION("maps-" #kind)

/* On the parameter that is the address or handle: that mapping ends. On the MDL: all its mappings of the kind. */
#define MDLGUARD_UNMAPS(kind) MDLGUARD_ANNOTATION("unmaps-" #kind)

/* The parameter belongs to the function from here on: whoever called need not release it any more. */
#define MDLGUARD_TAKES MDLGUARD_ANNOTATION("takes")

/* On a parameter: the function neither keeps nor changes it. On the function: the result is an MDL of somebody else's. */
#define MDLGUARD_BORROWS MDLGUARD_ANNOTATION("borrows")

/* The function may raise an exception instead of returning. */
#define MDLGUARD_MAY_RAISE MDLGUARD_ANNOTATION("may-raise")

#endif

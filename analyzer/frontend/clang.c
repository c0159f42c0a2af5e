/*
 * clang.c - finds libclang and the addresses of its functions.
 */
#define CLANG_ITSELF
#include "frontend/clang.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "frontend/frontend.h"

#ifndef MDLGUARD_LIBCLANG
#error "the build defines MDLGUARD_LIBCLANG, the path of libclang"
#endif

struct clang_functions clang_loaded;

/* The library at the place where it was when mdlguard was built, else of that name wherever the system finds it. */
static void *open_library(void)
{
    const char *name = strrchr(MDLGUARD_LIBCLANG, '/');
    void *library = dlopen(MDLGUARD_LIBCLANG, RTLD_NOW | RTLD_GLOBAL);
    return library || !name ? library : dlopen(name + 1, RTLD_NOW | RTLD_GLOBAL);
}

/* POSIX has dlsym give the address of a function as that of an object. */
static bool find(void *library, const char *name, void *out)
{
    void *address = dlsym(library, name);
    memcpy(out, &address, sizeof(address));
    return address != NULL;
}

static enum mg_status load(struct mg_error *error)
{
    struct clang_functions found;
    const char *lacking = NULL;
    if (clang_loaded.clang_createIndex)
        return MG_OK;
    void *library = open_library();
    if (!library)
        return mg_fail(error, MG_INPUT, NULL, 0, 0, "libclang cannot be loaded: %s", dlerror());
#define CLANG_FIND(name) \
    if (!find(library, #name, &found.name)) \
        lacking = #name;
    CLANG_FUNCTIONS(CLANG_FIND)
#undef CLANG_FIND
    if (lacking)
        return mg_fail(error, MG_INPUT, NULL, 0, 0, "libclang lacks the function %s", lacking);
    clang_loaded = found;
    return MG_OK;
}

enum mg_status clang_open(const char *path, CXIndex *out, struct mg_error *error)
{
    enum mg_status status = load(error);
    if (status != MG_OK)
        return status;
    /* Declarations "from a precompiled header" excluded: visiting them would read all of it. Only so, too, libclang lists what was
     * instantiated from templates. */
    *out = clang_loaded.clang_createIndex(1, 0);
    return *out ? MG_OK : mg_fail(error, MG_INPUT, path, 0, 0, "libclang cannot be started");
}

void frontend_start(void)
{
    load(NULL); /* who needs it and does not have it will say so */
}

/* Size and beginning of the library's file, which holds the number of its build; of one that is elsewhere, what it says of itself. */
#define BEGINNING 4096

uint64_t frontend_identity(void)
{
    char beginning[BEGINNING];
    FILE *file = fopen(MDLGUARD_LIBCLANG, "rb");
    size_t length = file ? fread(beginning, 1, sizeof(beginning), file) : 0;
    bool is_read = length == sizeof(beginning) && fseek(file, 0, SEEK_END) == 0;
    uint64_t hash = is_read ? hash_mix(hash_bytes(beginning, length), (uint64_t)ftell(file)) : 0;
    if (file)
        fclose(file);
    if (is_read || load(NULL) != MG_OK)
        return hash;
    CXString version = clang_loaded.clang_getClangVersion();
    const char *text = clang_loaded.clang_getCString(version);
    hash = hash_string(text ? text : "");
    clang_loaded.clang_disposeString(version);
    return hash;
}

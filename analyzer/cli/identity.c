/*
 * identity.c - hashes the running program. Where its file cannot be read, its version has to do.
 */
#include "cli/identity.h"

#include "base/hash.h"
#include "base/strbuf.h"
#include "frontend/frontend.h"

#define OWN_FILE "/proc/self/exe"

uint64_t identity(void)
{
    struct strbuf program;
    strbuf_init(&program);
    if (strbuf_read_file(&program, OWN_FILE, NULL) != MG_OK)
        strbuf_adds(&program, MDLGUARD_VERSION);
    uint64_t hash = hash_mix(hash_bytes(program.data, program.length), frontend_identity());
    strbuf_release(&program);
    return hash;
}

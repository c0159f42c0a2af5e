/*
 * identity.c - hashes the running program. Where its file cannot be read, its version has to do.
 */
#include "cli/identity.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "frontend/frontend.h"

#define OWN_FILE "/proc/self/exe"

/* The file is mapped already where it is run, so that looking at it costs next to nothing. */
static bool hash_file(const char *path, uint64_t *hash)
{
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    size_t length = fstat(file, &status) == 0 && status.st_size > 0 ? (size_t)status.st_size : 0;
    void *bytes = length ? mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    close(file);
    if (bytes == MAP_FAILED)
        return false;
    *hash = hash_bytes(bytes, length);
    munmap(bytes, length);
    return true;
}

uint64_t identity(void)
{
    uint64_t hash;
    if (!hash_file(OWN_FILE, &hash))
        hash = hash_string(MDLGUARD_VERSION);
    return hash_mix(hash, frontend_identity());
}

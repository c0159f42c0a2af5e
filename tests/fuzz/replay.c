/*
 * replay.c - runs a fuzz target over files and the files in folders, as an ordinary test: what a fuzzer once found stays found.
 *
 *   fuzz_pack_replay FILE|FOLDER...
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/strbuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes end where the heap block does, so that a sanitizer sees a read beyond them. */
static bool replay_file(const char *path)
{
    struct mg_error error = {0};
    struct strbuf text;
    uint8_t *bytes;

    strbuf_init(&text);
    if (strbuf_read_file(&text, path, &error) != MG_OK) {
        mg_error_print(&error);
        strbuf_release(&text);
        return false;
    }
    bytes = malloc(text.length ? text.length : 1);
    if (bytes && text.length)
        memcpy(bytes, text.data, text.length);
    if (bytes)
        LLVMFuzzerTestOneInput(bytes, text.length);
    free(bytes);
    strbuf_release(&text);
    return bytes != NULL;
}

static bool replay_folder(const char *folder, unsigned *count)
{
    struct dirent *entry;
    DIR *dir = opendir(folder);
    bool is_good = dir != NULL;

    while (dir && (entry = readdir(dir)) != NULL) {
        char path[1024];
        struct stat info;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
            continue;
        is_good = replay_file(path) && is_good;
        *count += 1;
    }
    if (dir)
        closedir(dir);
    else
        fprintf(stderr, "%s: cannot be read\n", folder);
    return is_good;
}

int main(int argc, char **argv)
{
    unsigned count = 0;
    bool is_good = argc > 1;

    for (int i = 1; i < argc; i++) {
        unsigned before = count;
        is_good = replay_folder(argv[i], &count) && is_good;
        if (count == before) {
            fprintf(stderr, "%s: nothing to replay\n", argv[i]);
            is_good = false;
        }
    }
    printf("%u files replayed\n", count);
    return is_good ? 0 : 1;
}

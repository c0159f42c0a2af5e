/*
 * path.c - lexical path arithmetic. Symbolic links are not followed: a path is the name that the build uses.
 */
#include "project/path.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "project/project.h"

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

static bool has_drive(const char *path)
{
    return isalpha((unsigned char)path[0]) && path[1] == ':';
}

bool path_is_absolute(const char *path)
{
    return is_separator(path[0]) || (has_drive(path) && is_separator(path[2]));
}

const char *path_name(const char *path)
{
    const char *name = path;
    for (const char *p = path; *p; p++)
        if (is_separator(*p))
            name = p + 1;
    return name;
}

const char *path_extension(const char *path)
{
    const char *name = path_name(path);
    const char *dot = strrchr(name, '.');
    return dot && dot != name ? dot : name + strlen(name);
}

/* Length of what ".." cannot leave: "/" or "C:/". */
static size_t root_length(const char *path)
{
    return has_drive(path) ? 3 : 1;
}

const char *path_parent(struct arena *arena, const char *path)
{
    size_t root = root_length(path);
    size_t end = strlen(path);
    while (end > root && path[end] != '/')
        end--;
    return arena_strndup(arena, path, end > root ? end : root);
}

const char *path_join(struct arena *arena, const char *folder, const char *name)
{
    size_t length = strlen(folder);
    return arena_printf(arena, "%s%s%s", folder, length && folder[length - 1] == '/' ? "" : "/", name);
}

bool path_is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (strncmp(path, folder, length) != 0)
        return false;
    return path[length] == '\0' || path[length] == '/' || (length && folder[length - 1] == '/');
}

const char *path_relative(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (!length || !path_is_below(path, folder) || !path[length])
        return path;
    path += length;
    return path + strspn(path, "/");
}

const char *path_common(struct arena *arena, const char *a, const char *b)
{
    const char *folder = a;
    while (!path_is_below(b, folder) && strlen(folder) > root_length(folder))
        folder = path_parent(arena, folder);
    return folder;
}

const char *path_current(struct arena *arena)
{
    char buffer[4096];
    if (!getcwd(buffer, sizeof(buffer)))
        return "/";
    return arena_strdup(arena, buffer);
}

bool path_is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

bool path_is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Appends the parts of PATH to OUT, which holds a normalised folder whose root is ROOT bytes long. */
static void add_parts(struct strbuf *out, size_t root, const char *path)
{
    while (*path) {
        size_t length = strcspn(path, "/\\");
        if (length == 2 && path[0] == '.' && path[1] == '.') {
            while (out->length > root && out->data[out->length - 1] != '/')
                out->length--;
            if (out->length > root)
                out->length--;
        } else if (length && !(length == 1 && path[0] == '.')) {
            if (out->length && out->data[out->length - 1] != '/')
                strbuf_addc(out, '/');
            strbuf_add(out, path, length);
        }
        path += length;
        path += is_separator(*path);
    }
}

const char *project_path(struct arena *arena, const char *directory, const char *path)
{
    const char *base = path_is_absolute(path) ? path : directory;
    struct strbuf out;
    strbuf_init(&out);
    if (has_drive(base)) {
        strbuf_add(&out, base, 2);
        base += 2;
    }
    strbuf_addc(&out, '/');
    size_t root = out.length;
    add_parts(&out, root, base);
    if (!path_is_absolute(path))
        add_parts(&out, root, path);
    const char *result = arena_strndup(arena, out.data, out.length);
    strbuf_release(&out);
    return result;
}

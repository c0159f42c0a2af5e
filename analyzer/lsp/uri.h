/*
 * uri.h - file: URIs of the editor and paths of the project (RFC 3986, RFC 8089).
 */
#ifndef MDLGUARD_LSP_URI_H
#define MDLGUARD_LSP_URI_H

#include <stdbool.h>

#include "base/strbuf.h"

/* The path that the file: URI names, normalised as project_path does, appended to OUT. False for other schemes, other
 * hosts and broken percent-encodings; OUT is then unchanged. "file:///c%3A/src/x.c" is "c:/src/x.c". */
bool uri_to_path(const char *uri, struct strbuf *out);
/* The URI of the absolute PATH, appended; everything but letters, digits, "-._~/" is percent-encoded. */
void uri_from_path(const char *path, struct strbuf *out);

#endif

/*
 * banned.h - functions that this project does not use; the build includes it before every source of ours.
 *
 * Each of them writes without knowing the size of its target, keeps hidden state, or fails silently. What to use instead:
 * snprintf or struct strbuf for texts, memcpy with a length, strtoul with a checked end for numbers. The idea is git's banned.h.
 */
#ifndef MDLGUARD_BASE_BANNED_H
#define MDLGUARD_BASE_BANNED_H

/* The declarations must be read before their names are poisoned. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MDLGUARD_BANNED(function) sorry_##function##_is_a_banned_function

#undef strcpy
#define strcpy(target, source) MDLGUARD_BANNED(strcpy)
#undef strcat
#define strcat(target, source) MDLGUARD_BANNED(strcat)
#undef strncpy
#define strncpy(target, source, size) MDLGUARD_BANNED(strncpy)
#undef strncat
#define strncat(target, source, size) MDLGUARD_BANNED(strncat)
#undef stpcpy
#define stpcpy(target, source) MDLGUARD_BANNED(stpcpy)
#undef strtok
#define strtok(text, separators) MDLGUARD_BANNED(strtok)
#undef sprintf
#define sprintf(...) MDLGUARD_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) MDLGUARD_BANNED(vsprintf)
#undef gets
#define gets(buffer) MDLGUARD_BANNED(gets)
#undef tmpnam
#define tmpnam(buffer) MDLGUARD_BANNED(tmpnam)
#undef tempnam
#define tempnam(folder, prefix) MDLGUARD_BANNED(tempnam)
#undef mktemp
#define mktemp(template) MDLGUARD_BANNED(mktemp)
#undef atoi
#define atoi(text) MDLGUARD_BANNED(atoi)
#undef atol
#define atol(text) MDLGUARD_BANNED(atol)
#undef gmtime
#define gmtime(t) MDLGUARD_BANNED(gmtime)
#undef localtime
#define localtime(t) MDLGUARD_BANNED(localtime)
#undef ctime
#define ctime(t) MDLGUARD_BANNED(ctime)
#undef asctime
#define asctime(t) MDLGUARD_BANNED(asctime)

#endif

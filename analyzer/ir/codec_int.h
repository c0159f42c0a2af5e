/*
 * codec_int.h - the encoded form of a module, as encode.c writes and decode.c reads it.
 *
 *   module   = "MGIR" version strings files locs records types units globals functions checksum
 *   checksum = XXH3 of all bytes before it, 8 bytes, lowest first
 *
 * Every table is its count and its entries in the order of their ids. Numbers are LEB128, signed ones zigzag first; an
 * id is written as id + 1, IR_NONE as 0; a string as 1 + its index in the string table, NULL as 0. The string table is
 * in the order of first use, so that nothing in the bytes depends on addresses. Only the fields that the kind of a
 * thing has are written.
 */
#ifndef MDLGUARD_IR_CODEC_INT_H
#define MDLGUARD_IR_CODEC_INT_H

#include "ir/ir.h"

#define CODEC_MAGIC "MGIR"
#define CODEC_MAGIC_SIZE 4
#define CODEC_VERSION 4
#define CODEC_CHECKSUM_SIZE 8

enum { CODEC_FILE_SYSTEM = 1 };
enum { CODEC_LOC_SPELLED_THERE = 1, CODEC_LOC_MACRO = 2 };
enum { CODEC_TYPE_SIGNED = 1, CODEC_TYPE_CONST = 2, CODEC_TYPE_REFERENCE = 4 };
enum { CODEC_RECORD_UNION = 1 };
enum { CODEC_GLOBAL_EXTERNAL = 1 };
enum { CODEC_BLOCK_LOOP_HEAD = 1 };
enum {
    CODEC_FUNCTION_EXTERNAL = 1,
    CODEC_FUNCTION_VARIADIC = 2,
    CODEC_FUNCTION_NORETURN = 4,
    CODEC_FUNCTION_VIRTUAL = 8,
    CODEC_FUNCTION_SYSTEM = 16,
    CODEC_FUNCTION_INITIALIZER = 32,
};

/* Decodes DATA into MODULE, which is fresh. Ids are as they were written: ir_check_decoded has to follow. Locations are not indexed. */
enum mg_status ir_decode(struct ir_module *module, const void *data, size_t length, struct mg_error *error);

#endif

/*
 * allocate.c - `new`: which allocation function a class or the program has for it, and the object in what that gave.
 */
#include "frontend/lower_int.h"

#include <string.h>

static bool is_object_initializer(CXCursor cursor)
{
    return clang_getCursorKind(cursor) == CXCursor_InitListExpr ||
           clang_getCursorKind(clang_getCursorReferenced(cursor)) == CXCursor_Constructor;
}

bool cursor_is_allocator(struct arena *scratch, CXCursor function)
{
    const char *name = cursor_string(scratch, clang_getCursorSpelling(function));
    return strncmp(name, "operator new", 12) == 0 || strncmp(name, "operator delete", 15) == 0;
}

static bool fits(struct lowering *unit, CXCursor function, const char *name, const struct ir_operand *args,
                 uint32_t count)
{
    CXType type = clang_getCursorType(function);
    if (strcmp(cursor_string(&unit->scratch, clang_getCursorSpelling(function)), name) != 0 ||
        clang_Cursor_getNumArguments(function) != (int)count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!unit_accepts(unit, clang_getArgType(type, i), args[i].type))
            return false;
    return true;
}

bool unit_find_allocator(struct lowering *unit, CXCursor class_cursor, const char *name, const struct ir_operand *args,
                         uint32_t count, CXCursor *out)
{
    if (!cursor_is_null(class_cursor)) {
        const struct class_info *class = unit_class_bases(unit, class_cursor);
        for (uint32_t i = 0; i < class->allocators.count; i++)
            if (fits(unit, *out = class->allocators.items[i], name, args, count))
                return true;
        for (uint32_t i = 0; i < class->bases.count; i++) {
            CXCursor base;
            if (type_class(class->bases.items[i], &base) && unit_find_allocator(unit, base, name, args, count, out))
                return true;
        }
    }
    for (uint32_t i = 0; cursor_is_null(class_cursor) && i < unit->allocators.count; i++)
        if (fits(unit, *out = unit->allocators.items[i], name, args, count))
            return true;
    return !cursor_is_null(class_cursor) && unit_find_allocator(unit, clang_getNullCursor(), name, args, count, out);
}

/* The memory: from the class's or the program's own `operator new`; the standard one with a pointer is that pointer. */
static void allocate(struct body *self, const struct ir_place *pointer, CXCursor class_cursor, bool is_array,
                     const struct arguments *args, ir_id loc)
{
    struct lowering *unit = self->unit;
    CXCursor allocator;
    const char *name = is_array ? "operator new[]" : "operator new";
    bool is_found = unit_find_allocator(unit, class_cursor, name, args->items.items, args->items.count, &allocator);
    bool is_placement =
        args->items.count == 2 && unit_type_get(unit, args->items.items[1].type)->kind == IR_TYPE_POINTER;
    CXCursor body;
    if (is_placement && (!is_found || !cursor_has_body(allocator, &body))) {
        body_assign(self, pointer, body_convert(self, value_use(args->items.items[1]), pointer->type, true, loc), loc);
        return;
    }
    if (!is_found) {
        struct ir_expr value =
            body_call_builtin(self, "operator new", pointer->type, args->items.items, args->items.count, loc);
        body_assign(self, pointer, value, loc);
        return;
    }
    struct ir_operand callee = unit_function_operand(unit, allocator);
    struct ir_instr *instr = body_add(self, IR_CALL, loc);
    instr->dst = pointer;
    instr->callee = callee;
    instr->args = args->items.items;
    instr->arg_count = args->items.count;
}

/* `new T[n]`: n stands behind a bracket, placement arguments do not. It is taken from OPERANDS. */
static bool take_array_size(struct lowering *unit, struct children *operands)
{
    if (!operands->count)
        return false;
    CXCursor last = operands->items[operands->count - 1];
    struct position at = source_written(unit, clang_getRangeStart(clang_getCursorExtent(last)));
    unsigned offset = at.offset;
    source_load(unit, &at);
    if (!at.source || offset > at.source->length)
        return false;
    while (offset > 0 && strchr(" \t\r\n", at.source->text[offset - 1]))
        offset--;
    bool is_array = offset > 0 && at.source->text[offset - 1] == '[';
    operands->count -= is_array;
    return is_array;
}

/* Microsoft's compiler constructs nothing when the allocation gave NULL, and kernel code counts on it. */
static void construct_if_allocated(struct body *self, const struct ir_place *pointer, CXCursor init, ir_id loc)
{
    struct lowering *unit = self->unit;
    ir_id some = body_new_block(self), done = body_new_block(self);
    ir_id object = unit_type_get(unit, pointer->type)->target;
    body_branch(self, ir_operand_load(pointer), some, done, loc, NULL);
    body_start(self, some);
    lower_initializer(self, ir_place_deref(self->module, pointer, object), init);
    body_start(self, done);
}

struct ir_expr lower_new(struct body *self, CXCursor cursor)
{
    struct lowering *unit = self->unit;
    ir_id type = unit_cursor_type(unit, cursor), loc = unit_loc(unit, cursor);
    struct children operands = cursor_operands(unit, cursor);
    CXType object = clang_getPointeeType(clang_getCanonicalType(clang_getCursorType(cursor)));
    CXCursor class_cursor = clang_getNullCursor(), init = clang_getNullCursor();
    if (operands.count && is_object_initializer(operands.items[operands.count - 1]))
        init = operands.items[--operands.count];
    bool is_array = take_array_size(unit, &operands);
    struct arguments args = {0};
    ir_id size_type = unit_int_type(unit, unit_type_get(unit, unit->char_pointer_type)->bits, false);
    uint64_t bytes = unit_type_get(unit, unit_type_get(unit, type)->target)->bits / 8;
    struct ir_operand size = is_array ? ir_operand_undef(size_type) : ir_operand_int(size_type, (int64_t)bytes);
    VEC_PUSH_IN(self->module->arena, &args.items, size);
    for (uint32_t i = 0; i < operands.count; i++) {
        struct ir_operand operand = lower_operand(self, operands.items[i]);
        VEC_PUSH_IN(self->module->arena, &args.items, operand);
    }
    bool is_object = type_class(object, &class_cursor);
    const struct ir_place *pointer = body_temp(self, type, loc);
    allocate(self, pointer, is_object ? class_cursor : clang_getNullCursor(), is_array, &args, loc);
    if (!cursor_is_null(init) && !is_array)
        construct_if_allocated(self, pointer, init, loc);
    if (is_object)
        unit_require_destructor(unit, class_cursor);
    return value_use(ir_operand_load(pointer));
}

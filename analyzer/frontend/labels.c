/*
 * labels.c - labels and goto.
 *
 * A goto leaves scopes and `__try` blocks on its way, and which ones depends on where its label is: that is looked
 * up before the body is lowered. A label that some goto reaches from behind (or from inside its own statement)
 * heads a loop.
 */
#include "frontend/lower_int.h"

static enum CXChildVisitResult find_label(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(cursor) != CXCursor_LabelStmt)
        return CXChildVisit_Recurse;
    *(bool *)data = true;
    return CXChildVisit_Break;
}

/* Statements and expressions above the current one, as far as labels need them. */
struct tree_node {
    const void *stmt;
    uint32_t parent; /* IR_NONE for the root */
};

struct label_finder {
    struct body *body;
    VEC(struct tree_node) nodes;
    struct ptr_map index; /* stmt -> nodes */
};

static void add_label(struct label_finder *self, CXCursor cursor, uint32_t parent)
{
    struct body *body = self->body;
    struct label label = {.stmt = cursor_identity(cursor), .block = IR_NONE};
    for (uint32_t at = parent; at != IR_NONE; at = self->nodes.items[at].parent)
        label.chain_count++;
    label.chain = ARENA_NEW_ARRAY(&body->unit->scratch, const void *, label.chain_count + 1u);
    uint32_t i = label.chain_count;
    for (uint32_t at = parent; at != IR_NONE; at = self->nodes.items[at].parent)
        label.chain[--i] = self->nodes.items[at].stmt;
    VEC_PUSH(&body->labels, label);
}

static struct label *get_label(struct body *self, const void *stmt)
{
    for (uint32_t i = 0; i < self->labels.count; i++)
        if (self->labels.items[i].stmt == stmt)
            return &self->labels.items[i];
    return NULL;
}

static enum CXChildVisitResult visit_node(CXCursor cursor, CXCursor parent, CXClientData data)
{
    struct label_finder *self = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    uint32_t above;
    if (!clang_isStatement(kind) && !clang_isExpression(kind))
        return CXChildVisit_Recurse; /* declarations: their initialisers may hold statement expressions */
    if (!ptr_map_get(&self->index, cursor_identity(parent), &above))
        above = self->nodes.count ? 0 : IR_NONE;
    if (kind == CXCursor_LabelStmt)
        add_label(self, cursor, above);
    if (kind == CXCursor_GotoStmt) {
        struct label *label = get_label(self->body, cursor_identity(clang_getCursorReferenced(cursor)));
        if (label)
            label->is_backward_target = true;
    }
    ptr_map_put(&self->index, cursor_identity(cursor), self->nodes.count);
    VEC_PUSH(&self->nodes, ((struct tree_node){cursor_identity(cursor), above}));
    return CXChildVisit_Recurse;
}

void body_find_labels(struct body *self, CXCursor root)
{
    bool has_labels = false;
    clang_visitChildren(root, find_label, &has_labels);
    if (!has_labels)
        return;
    struct label_finder finder = {.body = self};
    VEC_PUSH(&finder.nodes, ((struct tree_node){cursor_identity(root), IR_NONE}));
    ptr_map_put(&finder.index, cursor_identity(root), 0);
    clang_visitChildren(root, visit_node, &finder);
    VEC_RELEASE(&finder.nodes);
    ptr_map_release(&finder.index);
}

static bool is_inside(const struct label *label, const void *stmt)
{
    for (uint32_t i = 0; i < label->chain_count; i++)
        if (label->chain[i] == stmt)
            return true;
    return false;
}

/* A new copy of the statement INSIDE is about to be made: its labels get blocks of their own. */
void body_reset_labels(struct body *self, const void *inside)
{
    for (uint32_t i = 0; i < self->labels.count; i++)
        if (is_inside(&self->labels.items[i], inside))
            self->labels.items[i].block = IR_NONE, self->labels.items[i].is_placed = false;
}

/* The block belongs to the place of the label, not of the goto: its handler is set when the label is reached. */
static ir_id label_block(struct body *self, struct label *label)
{
    if (label->block == IR_NONE)
        label->block = body_new_block(self);
    return label->block;
}

void lower_label(struct body *self, CXCursor cursor)
{
    struct children operands = cursor_operands(self->unit, cursor);
    struct label *label = get_label(self, cursor_identity(cursor));
    if (label) {
        ir_id block = label_block(self, label);
        struct ir_block *entry = &self->fn.blocks.items[block];
        entry->handler = self->handler;
        entry->is_loop_head = label->is_backward_target;
        body_start(self, block);
        label->is_placed = true;
        label->cleanup_count = self->frames.count ? self->frames.items[self->frames.count - 1].cleanups.count : 0;
    }
    for (uint32_t i = 0; i < operands.count; i++)
        lower_stmt(self, operands.items[i]);
}

void lower_goto(struct body *self, CXCursor cursor)
{
    struct label *label = get_label(self, cursor_identity(clang_getCursorReferenced(cursor)));
    ir_id handler = self->handler;
    if (!label) {
        lower_unknown(self, cursor, "GotoStmt");
        body_end(self, IR_UNREACHABLE, self->loc);
        return;
    }
    uint32_t kept = 0;
    while (kept < self->frames.count && is_inside(label, self->frames.items[kept].stmt))
        kept++;
    body_unwind(self, kept);
    if (label->is_placed && kept) /* back before the objects that were made behind the label */
        body_run_cleanups(self, kept - 1, label->cleanup_count);
    body_goto(self, label_block(self, label));
    self->handler = handler;
}

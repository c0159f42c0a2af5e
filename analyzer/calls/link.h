/*
 * link.h - which definition each function entry of a program reaches.
 *
 * Every unit has its own entries for the functions it names. A database often holds many drivers that each define DriverEntry and
 * helpers of the same names, so an external name binds to the nearest definition: the same unit, else the definition whose file shares the longest
 * leading path with the unit (ties: the first in the order of the units), never to several at once.
 */
#ifndef MDLGUARD_CALLS_LINK_H
#define MDLGUARD_CALLS_LINK_H

#include "ir/ir.h"

/* Fills `definition` of every function of PROGRAM. May be called again after more units were merged. */
void link_program(struct ir_module *program);

#endif

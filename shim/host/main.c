/*
 * main.c - the main of programs that have none of their own: driver code cannot have it, because its calling convention is another one.
 */
#include "host.h"

HOST_API int mdlguard_main(int count, char **arguments);

int main(int argc, char **argv)
{
    return mdlguard_main(argc, argv);
}

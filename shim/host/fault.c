/*
 * fault.c - faults of driver code, and the names of code addresses.
 *
 * A fault at a user address is an exception of the driver's, as on Windows. One at a system address, or near NULL, is the end of the run: the tracker
 * says what was there. The names come from the program's own symbol table, because dladdr does not know static functions.
 */
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include "host.h"

#define NULL_PAGE 0x10000u
#define MDL_BYTES HOST_PAGE /* each descriptor has its own pages */

/* Code of this program, not of the libraries below main. */
static bool is_program(const void *code)
{
    extern const char __executable_start[], etext[];

    return (uintptr_t)code >= (uintptr_t)__executable_start && (uintptr_t)code < (uintptr_t)etext;
}

void host_stack(struct mg_site *site, const void *code, const void *frame)
{
    const void *const *at = frame;

    if (code)
        site->stack[site->depth++] = code;
    while (site->depth < MG_STACK_DEPTH && at && (uintptr_t)at % sizeof(void *) == 0) {
        const void *const *next = at[0];

        if (!is_program(at[1]))
            break;
        site->stack[site->depth++] = at[1];
        if (next <= at || (uintptr_t)next - (uintptr_t)at > 1 << 20) /* not a stack of ours any more */
            break;
        at = next;
    }
}

/* A mistake that the tracker knows ends the run. */
static void explain(struct host *self, uint64_t address, const struct mg_site *site)
{
    if (mg_tracker_fault(self->tracker, address, site, MDL_BYTES) && !(self->flags & MDLGUARD_HOST_GO_ON))
        host_end();
}

void host_explain_null_use(void)
{
    struct host *self = host_machine();

    if (self->null_use.is_raised)
        explain(self, self->null_use.address, &self->null_use.site);
}

static void handle_fault(int number, siginfo_t *info, void *context)
{
    const ucontext_t *registers = context;
    struct host *self = host_machine();
    struct mg_site site = {.file = NULL};
    uint64_t address = (uintptr_t)info->si_addr;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    host_stack(&site, (const void *)registers->uc_mcontext.gregs[REG_RIP], (const void *)registers->uc_mcontext.gregs[REG_RBP]);
    /* NULL is in the user's range: with a handler around, its use is an exception, and no mistake yet. */
    if (address < NULL_PAGE && host_is_guarded()) {
        self->null_use.address = address;
        self->null_use.site = site;
        self->null_use.is_raised = true;
        host_raise(STATUS_ACCESS_VIOLATION);
    }
    explain(self, address, &site);
    if (space_of(self, info->si_addr) == SPACE_USER)
        host_raise(STATUS_ACCESS_VIOLATION);
    host_bug_check(0x50, "PAGE_FAULT_IN_NONPAGED_AREA", address);
}

bool host_catch_faults(void)
{
    struct sigaction action = {.sa_sigaction = handle_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};

    sigemptyset(&action.sa_mask);
    return sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0;
}

/* ---- names ---- */

static const char *map_program(size_t *size)
{
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat status;
    void *bytes;

    if (file < 0)
        return NULL;
    bytes = fstat(file, &status) == 0 ? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    close(file);
    *size = bytes == MAP_FAILED ? 0 : (size_t)status.st_size;
    return bytes == MAP_FAILED ? NULL : bytes;
}

/* Of the function that holds ADDRESS in a program that is not position-independent. */
static bool find_symbol(const char *bytes, size_t size, uintptr_t address, char *buffer, size_t buffer_size)
{
    const Elf64_Ehdr *head = (const void *)bytes;
    const Elf64_Shdr *sections = (const void *)(bytes + head->e_shoff);

    if (size < sizeof(*head) || head->e_shoff + (size_t)head->e_shnum * sizeof(*sections) > size)
        return false;
    for (uint32_t s = 0; s < head->e_shnum; s++) {
        const Elf64_Sym *symbols = (const void *)(bytes + sections[s].sh_offset);
        const char *names;

        if (sections[s].sh_type != SHT_SYMTAB)
            continue;
        names = bytes + sections[sections[s].sh_link].sh_offset;
        for (size_t n = 0; n < sections[s].sh_size / sizeof(*symbols); n++)
            if (ELF64_ST_TYPE(symbols[n].st_info) == STT_FUNC && address >= symbols[n].st_value &&
                address - symbols[n].st_value < symbols[n].st_size) {
                snprintf(buffer, buffer_size, "%s+%#lx", names + symbols[n].st_name, (unsigned long)(address - symbols[n].st_value));
                return true;
            }
    }
    return false;
}

void host_describe(void *context, const void *address, char *buffer, size_t size)
{
    size_t bytes_size = 0;
    const char *bytes = map_program(&bytes_size);

    (void)context;
    buffer[0] = '\0';
    if (!bytes)
        return;
    /* A return address may be the first byte behind its function. */
    if (!find_symbol(bytes, bytes_size, (uintptr_t)address - 1, buffer, size))
        buffer[0] = '\0';
    munmap((void *)(uintptr_t)bytes, bytes_size);
}

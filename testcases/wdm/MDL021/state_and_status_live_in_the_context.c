// The status and the state of the machine are members of the context, and steer the cleanup in a do-while(0).
#include <wdm.h>

typedef enum _PHASE { PhaseIdle, PhasePinned, PhaseRunning, PhaseFailed } PHASE;

typedef struct _MACHINE {
    NTSTATUS Status;
    PHASE Phase;
    LONG Pins;
} MACHINE, *PMACHINE;

NTSTATUS MachineKick(ULONG Bytes);

static BOOLEAN MachinePin(PMACHINE Machine, PMDL Mdl)
{
    Machine->Status = STATUS_SUCCESS;
    __try {
        MmProbeAndLockPages(Mdl, UserMode, IoWriteAccess);
        Machine->Phase = PhasePinned;
        Machine->Pins++;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        Machine->Status = GetExceptionCode();
        Machine->Phase = PhaseFailed;
    }
    return NT_SUCCESS(Machine->Status);
}

NTSTATUS MachineRun_ok(PMACHINE Machine, PVOID Buffer, ULONG Bytes)
{
    PMDL mdl = NULL;

    Machine->Phase = PhaseIdle;
    do {
        mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
        if (mdl == NULL) {
            Machine->Status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        if (!MachinePin(Machine, mdl))
            break;
        Machine->Status = MachineKick(Bytes);
        if (NT_SUCCESS(Machine->Status))
            Machine->Phase = PhaseRunning;
    } while (0);

    if (Machine->Phase == PhasePinned || Machine->Phase == PhaseRunning)
        MmUnlockPages(mdl);
    if (mdl != NULL)
        IoFreeMdl(mdl);
    return Machine->Status;
}

NTSTATUS MachineRun_bad(PMACHINE Machine, PVOID Buffer, ULONG Bytes)
{
    PMDL mdl = NULL;

    Machine->Phase = PhaseIdle;
    do {
        mdl = IoAllocateMdl(Buffer, Bytes, FALSE, FALSE, NULL);
        if (mdl == NULL) {
            Machine->Status = STATUS_INSUFFICIENT_RESOURCES;
            break;
        }
        if (!MachinePin(Machine, mdl))
            break;
        Machine->Status = MachineKick(Bytes);
        if (NT_SUCCESS(Machine->Status))
            Machine->Phase = PhaseRunning;
    } while (0);

    if (Machine->Phase >= PhaseRunning && NT_SUCCESS(Machine->Status))
        MmUnlockPages(mdl);
    if (mdl != NULL)
        IoFreeMdl(mdl); // expect: MDL004
    return Machine->Status;
}

/* Pinned once more by each user; only the first locks and only the last unlocks. */
NTSTATUS SharedPin_ok(PMACHINE Machine, PMDL Mdl)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (Machine->Pins++ == 0) {
        __try {
            MmProbeAndLockPages(Mdl, UserMode, IoReadAccess);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
            Machine->Pins--;
        }
    }
    return status;
}

VOID SharedUnpin_ok(PMACHINE Machine, PMDL Mdl)
{
    if (--Machine->Pins == 0)
        MmUnlockPages(Mdl);
}

NTSTATUS SharedUse_ok(PMACHINE Machine, PMDL Mdl)
{
    NTSTATUS status = SharedPin_ok(Machine, Mdl);

    if (NT_SUCCESS(status))
        SharedUnpin_ok(Machine, Mdl);
    return status;
}

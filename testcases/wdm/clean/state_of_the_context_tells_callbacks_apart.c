// clean: a state in the record says how far set-up came; another callback moves it on, so that the teardown's conditions are not those that Map left.
#include <wdm.h>

enum stage { Idle, Mapped, Running };

typedef struct _ENGINE {
    enum stage Stage;
    PMDL Mdl;
    PVOID Address;
} ENGINE, *PENGINE;

NTSTATUS engine_map(PENGINE engine)
{
    __try {
        engine->Address = MmMapLockedPagesSpecifyCache(engine->Mdl, UserMode, MmCached, NULL, FALSE, NormalPagePriority);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    engine->Stage = Mapped;
    return STATUS_SUCCESS;
}

VOID engine_run(PENGINE engine)
{
    if (engine->Stage == Mapped)
        engine->Stage = Running;
}

VOID engine_stop(PENGINE engine)
{
    if (engine->Stage != Running)
        return;
    MmUnmapLockedPages(engine->Address, engine->Mdl);
    engine->Stage = Idle;
}

VOID engine_destroy(PENGINE engine)
{
    MmUnlockPages(engine->Mdl);
    IoFreeMdl(engine->Mdl);
}

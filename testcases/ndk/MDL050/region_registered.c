// A memory region stays registered, and its pages pinned, until it is deregistered.
#include <wdm.h>

typedef struct _NDK_MR NDK_MR;
typedef struct _NDK_MR_DISPATCH {
    NTSTATUS (*NdkRegisterMr)(NDK_MR *mr, PMDL mdl, SIZE_T length, ULONG flags, PVOID completion, PVOID context);
    NTSTATUS (*NdkDeregisterMr)(NDK_MR *mr, PVOID completion, PVOID context);
} NDK_MR_DISPATCH;
struct _NDK_MR {
    const NDK_MR_DISPATCH *Dispatch;
};

NTSTATUS region_bad(NDK_MR *mr, PMDL mdl, PVOID done)
{
    NTSTATUS status = mr->Dispatch->NdkRegisterMr(mr, mdl, MmGetMdlByteCount(mdl), 0, done, NULL);

    if (!NT_SUCCESS(status))
        return status;
    MmUnlockPages(mdl); // expect: MDL050
    return mr->Dispatch->NdkDeregisterMr(mr, done, NULL);
}

NTSTATUS region_ok(NDK_MR *mr, PMDL mdl, PVOID done)
{
    NTSTATUS status = mr->Dispatch->NdkRegisterMr(mr, mdl, MmGetMdlByteCount(mdl), 0, done, NULL);

    if (NT_SUCCESS(status))
        status = mr->Dispatch->NdkDeregisterMr(mr, done, NULL);
    MmUnlockPages(mdl);
    return status;
}

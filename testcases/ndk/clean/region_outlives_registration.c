// clean: a memory region is an object still when it is not registered any more, and the list of addresses is the caller's own memory.
#include <wdm.h>

typedef struct _NDK_MR NDK_MR;
typedef struct _NDK_ADAPTER NDK_ADAPTER;
typedef struct _NDK_LAM {
    ULONG count;
} NDK_LAM;
typedef struct _NDK_MR_DISPATCH {
    NTSTATUS (*NdkDeregisterMr)(NDK_MR *mr, PVOID completion, PVOID context);
    void (*NdkCloseMr)(NDK_MR *mr);
} NDK_MR_DISPATCH;
typedef struct _NDK_ADAPTER_DISPATCH {
    void (*NdkReleaseLam)(NDK_ADAPTER *adapter, NDK_LAM *lam);
} NDK_ADAPTER_DISPATCH;
struct _NDK_MR {
    const NDK_MR_DISPATCH *Dispatch;
};
struct _NDK_ADAPTER {
    const NDK_ADAPTER_DISPATCH *Dispatch;
};

void close_ok(NDK_MR *mr, PVOID done)
{
    (void)mr->Dispatch->NdkDeregisterMr(mr, done, NULL);
    mr->Dispatch->NdkCloseMr(mr);
}

void forget_ok(NDK_ADAPTER *adapter, NDK_LAM *lam)
{
    adapter->Dispatch->NdkReleaseLam(adapter, lam);
    lam->count = 0;
    ExFreePool(lam);
}

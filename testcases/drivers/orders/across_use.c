/* across_use.c - calls both halves; the order is made here, and nowhere else. */
#include "orders.h"

NTSTATUS AcrossUnlockMapped_bad(POR_VIEW View, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = OrViewPin(View, Buffer, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = OrViewMap(View);
    if (NT_SUCCESS(status))
        status = OrProgramDevice(View->UserVa, Bytes);
    OrViewUnpin(View); // expect: MDL002
    OrViewUnmap(View);
    OrViewFree(View);
    return status;
}

NTSTATUS AcrossFreeMapped_bad(POR_VIEW View, PVOID Pool, ULONG Bytes)
{
    NTSTATUS status = OrViewDescribe(View, Pool, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = OrViewMap(View);
    if (NT_SUCCESS(status))
        status = OrProgramDevice(View->UserVa, Bytes);
    OrViewFree(View); // expect: MDL001
    return status;
}

NTSTATUS AcrossFreeLocked_bad(POR_VIEW View, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = OrViewPin(View, Buffer, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = OrViewMap(View);
    if (!NT_SUCCESS(status)) {
        OrViewFree(View); // expect: MDL004
        return status;
    }
    OrViewUnmap(View);
    OrViewUnpin(View);
    OrViewFree(View);
    return STATUS_SUCCESS;
}

NTSTATUS AcrossFreePagesMapped_bad(POR_VIEW View, ULONG Bytes)
{
    NTSTATUS status = OrViewAllocate(View, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = OrViewMap(View);
    if (NT_SUCCESS(status)) {
        status = OrProgramDevice(View->UserVa, Bytes);
        if (!NT_SUCCESS(status)) {
            OrViewFreePages(View); // expect: MDL003
            return status;
        }
        OrViewUnmap(View);
    }
    OrViewFreePages(View);
    return status;
}

NTSTATUS AcrossUnlockTwice_bad(PVOID Buffer, ULONG Bytes)
{
    OR_VIEW view;
    NTSTATUS status = OrViewPin(&view, Buffer, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = OrWaitDevice(5);
    if (status == STATUS_TIMEOUT)
        OrViewUnpin(&view);
    OrViewUnpin(&view); // expect: MDL007
    OrViewFree(&view);
    return status;
}

NTSTATUS AcrossFreedThenUnmapped_bad(POR_VIEW View, ULONG Bytes)
{
    NTSTATUS status = OrViewAllocate(View, Bytes);
    PMDL mdl;

    if (!NT_SUCCESS(status))
        return status;
    mdl = View->Mdl;
    OrViewFreePages(View);
    DbgPrint("orders: gave back %u bytes\n", MmGetMdlByteCount(mdl)); // expect: MDL005
    return STATUS_SUCCESS;
}

NTSTATUS AcrossDescribed_ok(POR_VIEW View, PVOID Pool, ULONG Bytes)
{
    NTSTATUS status = OrViewDescribe(View, Pool, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = OrViewMap(View);
    if (NT_SUCCESS(status))
        status = OrProgramDevice(View->UserVa, Bytes);
    OrViewUnmap(View);
    OrViewFree(View);
    return status;
}

NTSTATUS AcrossRightOrder_ok(POR_VIEW View, PVOID Buffer, ULONG Bytes)
{
    NTSTATUS status = OrViewPin(View, Buffer, Bytes);

    if (!NT_SUCCESS(status))
        return status;
    status = OrViewMap(View);
    if (NT_SUCCESS(status))
        status = OrProgramDevice(View->UserVa, Bytes);
    OrViewUnmap(View);
    OrViewUnpin(View);
    OrViewFree(View);
    return status;
}

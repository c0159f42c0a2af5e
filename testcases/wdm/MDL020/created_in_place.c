// MmCreateMdl formats the descriptor that it is given, or makes one; requests of the I/O manager's own make their MDLs themselves.
#include <wdm.h>

void create_bad(PVOID base, PMDL storage)
{
    PMDL mdl;

    if (storage == NULL)
        return;
    MmCreateMdl(storage, base, PAGE_SIZE);
    mdl = MmCreateMdl(NULL, base, PAGE_SIZE); // expect: MDL020
    if (mdl)
        MmBuildMdlForNonPagedPool(mdl);
}

PMDL create_ok(PVOID base, PMDL storage)
{
    PMDL mdl = MmCreateMdl(storage, base, PAGE_SIZE);

    if (mdl)
        MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

PIRP request_bad(PDEVICE_OBJECT device, PVOID buffer, PKEVENT event, PIO_STATUS_BLOCK iosb)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, NULL); // expect: MDL020

    if (mdl == NULL)
        return NULL;
    MmBuildMdlForNonPagedPool(mdl);
    return IoBuildSynchronousFsdRequest(IRP_MJ_READ, device, buffer, PAGE_SIZE, NULL, event, iosb);
}

PIRP request_ok(PDEVICE_OBJECT device, PVOID buffer, PKEVENT event, PIO_STATUS_BLOCK iosb)
{
    return IoBuildSynchronousFsdRequest(IRP_MJ_READ, device, buffer, PAGE_SIZE, NULL, event, iosb);
}

// The MDL of what is saved over an update of the system has to be there when it is handed over.
#include "wdk/d3dkmddi_iommu.h"

typedef struct _DXGKARGCB_SAVEMEMORYFORHOTUPDATE {
    PMDL pDataMdl;
    ULONG DataSize;
} DXGKARGCB_SAVEMEMORYFORHOTUPDATE;
typedef NTSTATUS(APIENTRY *DXGKCB_SAVEMEMORYFORHOTUPDATE)(HANDLE hAdapter, DXGKARGCB_SAVEMEMORYFORHOTUPDATE *args);

NTSTATUS save_bad(DXGKCB_SAVEMEMORYFORHOTUPDATE save, HANDLE adapter, PMDL mdl)
{
    DXGKARGCB_SAVEMEMORYFORHOTUPDATE args = {mdl, PAGE_SIZE};

    IoFreeMdl(mdl);
    return save(adapter, &args); // expect: MDL005
}

NTSTATUS save_ok(DXGKCB_SAVEMEMORYFORHOTUPDATE save, HANDLE adapter, PMDL mdl)
{
    DXGKARGCB_SAVEMEMORYFORHOTUPDATE args = {mdl, PAGE_SIZE};

    return save(adapter, &args);
}

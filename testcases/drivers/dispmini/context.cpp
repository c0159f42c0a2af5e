/*
 * context.cpp - contexts. The hardware has one; it saves its registers to the adapter's save pages whenever it is
 * preempted, so these are mapped to the IOMMU for as long as the context lives, and no longer: without a context the
 * GPU has no business there.
 */
#include "dispmini.h"

namespace mini {

NTSTATUS Adapter::CreateContext(HANDLE &result)
{
    DXGKARGCB_MAPMDLTOIOMMU front = {};
    DXGKARGCB_MAPMDLTOIOMMU back = {};

    if (m_context != nullptr) {
        return STATUS_DEVICE_BUSY;
    }
    Context *context = static_cast<Context *>(Allocate(sizeof(Context)));
    if (context == nullptr) {
        return STATUS_NO_MEMORY;
    }

    front.pMdl = m_saveFront.Mdl();
    NTSTATUS status = m_Interface.DxgkCbMapMdlToIoMmu(m_hAdapter, &front); // expect: MDL105
    if (!NT_SUCCESS(status)) {
        Free(context);
        return status;
    }
    back.pMdl = m_saveBack.Mdl();
    status = m_Interface.DxgkCbMapMdlToIoMmu(m_hAdapter, &back);
    if (!NT_SUCCESS(status)) { // step: MDL105
        Free(context);
        return status;
    }

    context->Owner = this;
    context->Front.Handle = front.hMemoryHandle;
    context->Front.Mapped = true;
    context->Back.Handle = back.hMemoryHandle;
    context->Back.Mapped = true;
    WriteAddress(&m_registers->SaveFront, AddressOfFirstPage(m_saveFront.Mdl()));
    WriteAddress(&m_registers->SaveBack, AddressOfFirstPage(m_saveBack.Mdl()));
    m_context = context;
    result = context;
    return STATUS_SUCCESS;
}

/* The scheduler has taken the context off the engine: clearing the addresses is enough to keep it from saving. */
void Adapter::DestroyContext(Context &context)
{
    WriteAddress(&m_registers->SaveFront, 0);
    WriteAddress(&m_registers->SaveBack, 0);
    UnmapMdl(context.Back);
    UnmapMdl(context.Front);
    m_context = nullptr;
    Free(&context);
}

} // namespace mini

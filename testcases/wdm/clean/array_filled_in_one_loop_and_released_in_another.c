// clean: an array of descriptors in an extension is filled by one routine, walked by a second and emptied by a third.
#include <wdm.h>

#define FRAME_COUNT 32
#define FRAME_BYTES (4 * PAGE_SIZE)
#define FRAME_TAG 'marF'

typedef struct _FRAME {
    PVOID Pool;
    PMDL Mdl;
    PVOID User;
} FRAME, *PFRAME;

typedef struct _CAMERA {
    PDEVICE_OBJECT Self;
    FRAME Frames[FRAME_COUNT];
    ULONG InUse;
} CAMERA, *PCAMERA;

VOID CameraRelease(PCAMERA Camera)
{
    ULONG n;

    for (n = 0; n < FRAME_COUNT; n++) {
        PFRAME frame = &Camera->Frames[n];

        if (frame->Mdl != NULL) {
            IoFreeMdl(frame->Mdl);
            frame->Mdl = NULL;
        }
        if (frame->Pool != NULL) {
            ExFreePoolWithTag(frame->Pool, FRAME_TAG);
            frame->Pool = NULL;
        }
    }
    Camera->InUse = 0;
}

NTSTATUS CameraAllocate(PCAMERA Camera, ULONG Count)
{
    ULONG n;

    if (Count == 0 || Count > FRAME_COUNT)
        return STATUS_INVALID_PARAMETER;
    RtlZeroMemory(Camera->Frames, sizeof(Camera->Frames));
    for (n = 0; n < Count; n++) {
        PFRAME frame = Camera->Frames + n;

        frame->Pool = ExAllocatePoolWithTag(NonPagedPool, FRAME_BYTES, FRAME_TAG);
        if (frame->Pool == NULL)
            goto no_memory;
        frame->Mdl = IoAllocateMdl(frame->Pool, FRAME_BYTES, FALSE, FALSE, NULL);
        if (frame->Mdl == NULL)
            goto no_memory;
        MmBuildMdlForNonPagedPool(frame->Mdl);
    }
    Camera->InUse = Count;
    return STATUS_SUCCESS;

no_memory:
    CameraRelease(Camera);
    return STATUS_INSUFFICIENT_RESOURCES;
}

VOID CameraUnmap(PCAMERA Camera)
{
    ULONG n;

    for (n = 0; n < Camera->InUse; n++) {
        if (Camera->Frames[n].User == NULL)
            continue;
        MmUnmapLockedPages(Camera->Frames[n].User, Camera->Frames[n].Mdl);
        Camera->Frames[n].User = NULL;
    }
}

NTSTATUS CameraMap(PCAMERA Camera, PVOID *Addresses)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG n;

    for (n = 0; n < Camera->InUse; n++) {
        __try {
            Camera->Frames[n].User = MmMapLockedPagesSpecifyCache(Camera->Frames[n].Mdl, UserMode, MmCached, NULL,
                                                                  FALSE, NormalPagePriority);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
            status = GetExceptionCode();
            Camera->Frames[n].User = NULL;
        }
        if (!NT_SUCCESS(status))
            break;
        Addresses[n] = Camera->Frames[n].User;
    }
    if (!NT_SUCCESS(status))
        CameraUnmap(Camera);
    return status;
}

VOID CameraStop(PCAMERA Camera)
{
    CameraUnmap(Camera);
    CameraRelease(Camera);
}

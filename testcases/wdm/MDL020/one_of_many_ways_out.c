// A release helper has more ways out that free nothing than are kept apart: a caller that takes one of them leaks, one that takes none does not.
#include <wdm.h>

typedef struct _PART {
    PVOID Owner, Parent, Cache, Log, Mirror, Shadow, Journal, Replica, Snapshot, Backup, Archive, Export;
} PART;

typedef struct _VOLUME {
    PMDL Mdl;
    PART Held;
} VOLUME;

static void volume_release(VOLUME *volume)
{
    if (volume->Held.Owner != NULL)
        return;
    if (volume->Held.Parent != NULL)
        return;
    if (volume->Held.Cache != NULL)
        return;
    if (volume->Held.Log != NULL)
        return;
    if (volume->Held.Mirror != NULL)
        return;
    if (volume->Held.Shadow != NULL)
        return;
    if (volume->Held.Journal != NULL)
        return;
    if (volume->Held.Replica != NULL)
        return;
    if (volume->Held.Snapshot != NULL)
        return;
    if (volume->Held.Backup != NULL)
        return;
    if (volume->Held.Archive != NULL)
        return;
    if (volume->Held.Export != NULL)
        return;
    IoFreeMdl(volume->Mdl);
}

BOOLEAN held_by_none_ok(PVOID data, ULONG bytes)
{
    VOLUME volume = {0};

    volume.Mdl = IoAllocateMdl(data, bytes, FALSE, FALSE, NULL);
    if (volume.Mdl == NULL)
        return FALSE;
    volume_release(&volume);
    return TRUE;
}

BOOLEAN held_by_owner_bad(PVOID data, ULONG bytes)
{
    VOLUME volume = {0};

    volume.Mdl = IoAllocateMdl(data, bytes, FALSE, FALSE, NULL); // expect: MDL020
    if (volume.Mdl == NULL)
        return FALSE;
    volume.Held.Owner = data;
    if (data == NULL)
        bytes = 0;
    volume_release(&volume);
    return bytes != 0;
}

BOOLEAN held_by_replica_bad(PVOID data, ULONG bytes)
{
    VOLUME volume = {0};

    volume.Mdl = IoAllocateMdl(data, bytes, FALSE, FALSE, NULL); // expect: MDL020
    if (volume.Mdl == NULL)
        return FALSE;
    volume.Held.Replica = &volume;
    volume_release(&volume);
    return TRUE;
}

BOOLEAN held_by_archive_bad(PVOID data, ULONG bytes)
{
    VOLUME volume = {0};

    volume.Mdl = IoAllocateMdl(data, bytes, FALSE, FALSE, NULL); // expect: MDL020
    if (volume.Mdl == NULL)
        return FALSE;
    volume.Held.Archive = &volume;
    volume_release(&volume);
    return TRUE;
}

BOOLEAN held_by_export_bad(PVOID data, ULONG bytes)
{
    VOLUME volume = {0};

    volume.Mdl = IoAllocateMdl(data, bytes, FALSE, FALSE, NULL); // expect: MDL020
    if (volume.Mdl == NULL)
        return FALSE;
    volume.Held.Export = &volume;
    volume_release(&volume);
    return TRUE;
}

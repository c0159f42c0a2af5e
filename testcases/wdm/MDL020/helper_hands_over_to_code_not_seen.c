// Thin helpers pass the MDL on to code that is not seen, under a condition: only then may somebody else have kept it.
#include <wdm.h>

typedef struct _POST {
    PMDL Mdl;
    ULONG Count;
} POST, *PPOST;

void MailboxKeep(PMDL Mdl);
void MailboxKeepPost(PPOST Post);
void MailboxKeepCopy(POST Post);

static PMDL PostMdl(PVOID Pool, ULONG Bytes)
{
    PMDL mdl = IoAllocateMdl(Pool, Bytes, FALSE, FALSE, NULL);

    if (mdl != NULL)
        MmBuildMdlForNonPagedPool(mdl);
    return mdl;
}

static void Forward(PMDL Mdl)
{
    MailboxKeep(Mdl);
}

static void ForwardUrgent(PVOID Cookie, ULONG Priority)
{
    if (Priority > 3)
        MailboxKeep((PMDL)Cookie);
}

static void ForwardPost(PPOST Post)
{
    Post->Count++;
    MailboxKeepPost(Post);
}

NTSTATUS Forward_ok(PVOID Pool, ULONG Bytes)
{
    PMDL mdl = PostMdl(Pool, Bytes);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    Forward(mdl);
    return STATUS_SUCCESS;
}

NTSTATUS ForwardUrgent_ok(PVOID Pool, ULONG Bytes)
{
    PMDL mdl = PostMdl(Pool, Bytes);

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    ForwardUrgent(mdl, 4);
    return STATUS_SUCCESS;
}

NTSTATUS ForwardUrgent_bad(PVOID Pool, ULONG Bytes)
{
    PMDL mdl = PostMdl(Pool, Bytes); // expect: MDL020

    if (mdl == NULL)
        return STATUS_NO_MEMORY;
    ForwardUrgent(mdl, 2);
    return STATUS_SUCCESS;
}

NTSTATUS ForwardPost_ok(PVOID Pool, ULONG Bytes)
{
    POST post = {PostMdl(Pool, Bytes), 0};

    if (post.Mdl == NULL)
        return STATUS_NO_MEMORY;
    ForwardPost(&post);
    return STATUS_SUCCESS;
}

NTSTATUS ForwardCopy_ok(PVOID Pool, ULONG Bytes)
{
    POST post;

    post.Count = 1;
    post.Mdl = PostMdl(Pool, Bytes);
    if (post.Mdl != NULL)
        MailboxKeepCopy(post);
    return post.Mdl != NULL ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

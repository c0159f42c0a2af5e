// Which of two members holds the MDL depends on the kind of rule; the helper that releases it goes more ways than are told apart.
#include <wdm.h>

typedef struct _PORTS {
    PVOID Bits;
    PMDL Mdl;
} PORTS;

typedef struct _RULE {
    int Kind, Action, Target;
    PORTS Ports;
    struct {
        ULONG Address[4];
        PORTS Ports;
    } Remote;
    PVOID Object;
} RULE;

void put_socket(PVOID object);
void put_map(PVOID object);

static void release_ports(PORTS *ports)
{
    ports->Bits = NULL;
    if (ports->Mdl == NULL)
        return;
    if (ports->Mdl->MdlFlags & MDL_PAGES_LOCKED)
        MmUnlockPages(ports->Mdl);
    IoFreeMdl(ports->Mdl);
    ports->Mdl = NULL;
}

static NTSTATUS capture_ports(PVOID bits, PORTS *ports)
{
    NTSTATUS status = STATUS_SUCCESS;

    ports->Mdl = IoAllocateMdl(bits, 8192, FALSE, FALSE, NULL);
    if (ports->Mdl == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    __try {
        MmProbeAndLockPages(ports->Mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        status = GetExceptionCode();
    }
    if (NT_SUCCESS(status)) {
        ports->Bits = MmGetSystemAddressForMdlSafe(ports->Mdl, LowPagePriority);
        if (ports->Bits == NULL)
            status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!NT_SUCCESS(status))
        release_ports(ports);
    return status;
}

static void release_rule(RULE *rule)
{
    if (rule->Kind == 15 || rule->Kind == 16 || rule->Kind == 17 || rule->Kind == 18 || rule->Kind == 19 ||
        rule->Kind == 20 || rule->Kind == 21)
        release_ports(&rule->Remote.Ports);
    if (rule->Kind == 9)
        release_ports(&rule->Ports);
    if (rule->Action != 3 || rule->Object == NULL)
        return;
    if (rule->Target == 0)
        put_socket(rule->Object);
    else if (rule->Target == 1)
        put_map(rule->Object);
    rule->Object = NULL;
}

/* Any kind there may be, and any action. */
void set_rule(RULE *rule, const int *from)
{
    rule->Kind = from[0];
    rule->Action = from[1];
    rule->Target = from[2];
}

NTSTATUS try_rule_ok(PVOID bits, int action)
{
    RULE rule;
    NTSTATUS status;

    RtlZeroMemory(&rule, sizeof(rule));
    rule.Kind = 9;
    rule.Action = action;
    status = capture_ports(bits, &rule.Ports);
    if (!NT_SUCCESS(status))
        return status;
    release_rule(&rule);
    return STATUS_SUCCESS;
}

NTSTATUS try_remote_rule_ok(PVOID bits, int action)
{
    RULE rule;
    NTSTATUS status;

    RtlZeroMemory(&rule, sizeof(rule));
    rule.Kind = 17;
    rule.Action = action;
    status = capture_ports(bits, &rule.Remote.Ports);
    if (!NT_SUCCESS(status))
        return status;
    release_rule(&rule);
    return STATUS_SUCCESS;
}

NTSTATUS try_rule_of_no_kind_bad(PVOID bits, int action)
{
    RULE rule;
    NTSTATUS status;

    RtlZeroMemory(&rule, sizeof(rule));
    rule.Kind = 12;
    rule.Action = action;
    status = capture_ports(bits, &rule.Ports); // expect: MDL021
    if (!NT_SUCCESS(status))
        return status;
    release_rule(&rule);
    return STATUS_SUCCESS;
}

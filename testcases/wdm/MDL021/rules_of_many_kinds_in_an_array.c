// Rules in an array, each of its own kind: what releases them all calls a helper that releases one, and knows of the kind only what that asked.
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
    if (rule->Kind == 10 || rule->Kind == 11 || rule->Kind == 12 || rule->Kind == 13)
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

typedef struct _PROGRAM {
    ULONG RuleCount;
    RULE Rules[1];
} PROGRAM;

/* Any kind there may be, and any action. */
void set_rule(RULE *rule, const int *from)
{
    rule->Kind = from[0];
    rule->Action = from[1];
    rule->Target = from[2];
}

static void release_first(PROGRAM *program)
{
    release_rule(&program->Rules[0]);
}

static void release_all(PROGRAM *program)
{
    for (ULONG i = 0; i < program->RuleCount; i++)
        release_rule(&program->Rules[i]);
}

NTSTATUS try_remote_rule_through_helper_ok(PVOID bits, int action)
{
    PROGRAM program;
    NTSTATUS status;

    RtlZeroMemory(&program, sizeof(program));
    program.Rules[0].Kind = 12;
    program.Rules[0].Action = action;
    status = capture_ports(bits, &program.Rules[0].Remote.Ports);
    if (!NT_SUCCESS(status))
        return status;
    release_first(&program);
    return STATUS_SUCCESS;
}

NTSTATUS try_rule_of_no_kind_through_helper_bad(PVOID bits, int action)
{
    PROGRAM program;
    NTSTATUS status;

    RtlZeroMemory(&program, sizeof(program));
    program.Rules[0].Kind = 14;
    program.Rules[0].Action = action;
    status = capture_ports(bits, &program.Rules[0].Ports); // expect: MDL021
    if (!NT_SUCCESS(status))
        return status;
    release_first(&program);
    return STATUS_SUCCESS;
}

static NTSTATUS take_rule(RULE *rule, const RULE *from)
{
    NTSTATUS status = STATUS_SUCCESS;

    RtlZeroMemory(rule, sizeof(*rule));
    rule->Kind = from->Kind;
    switch (rule->Kind) {
    case 9:
        status = capture_ports(from->Ports.Bits, &rule->Ports);
        break;
    case 10:
    case 11:
    case 12:
    case 13:
        status = capture_ports(from->Remote.Ports.Bits, &rule->Remote.Ports);
        break;
    default:
        break;
    }
    if (NT_SUCCESS(status) && (from->Action < 0 || from->Action > 5))
        status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(status))
        rule->Action = from->Action;
    else
        release_rule(rule);
    return status;
}

NTSTATUS take_program_ok(const RULE *rules, ULONG count, PROGRAM **result)
{
    PROGRAM *program = ExAllocatePoolWithTag(NonPagedPool, sizeof(PROGRAM) + count * sizeof(RULE), 'gorP');
    NTSTATUS status = STATUS_SUCCESS;

    if (program == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    program->RuleCount = 0;
    for (ULONG i = 0; i < count && NT_SUCCESS(status); i++) {
        status = take_rule(&program->Rules[i], &rules[i]);
        program->RuleCount++;
    }
    if (!NT_SUCCESS(status)) {
        release_all(program);
        ExFreePoolWithTag(program, 'gorP');
        return status;
    }
    *result = program;
    return STATUS_SUCCESS;
}

/* One rule too few is released. */
NTSTATUS take_program_bad(const RULE *rules, ULONG count, PROGRAM **result)
{
    PROGRAM *program = ExAllocatePoolWithTag(NonPagedPool, sizeof(PROGRAM) + count * sizeof(RULE), 'gorP');
    NTSTATUS status = STATUS_SUCCESS;

    if (program == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    program->RuleCount = 0;
    for (ULONG i = 0; i < count && NT_SUCCESS(status); i++) {
        status = take_rule(&program->Rules[i], &rules[i]); // expect: MDL021
        program->RuleCount = i;
    }
    if (!NT_SUCCESS(status)) {
        release_all(program);
        ExFreePoolWithTag(program, 'gorP');
        return status;
    }
    *result = program;
    return STATUS_SUCCESS;
}

// clean: before C++17 a lambda is made in one place and moved to another, with captures and without.
// args: -std=c++14
#include "wdk/d3dkmddi_iommu.h"

void use(PMDL mdl);

template <class F> static void with(PMDL mdl, F function)
{
    if (mdl)
        function(mdl);
}

void both_ok(PVOID buffer)
{
    PMDL mdl = IoAllocateMdl(buffer, PAGE_SIZE, FALSE, FALSE, nullptr);
    auto either = [&](auto function) {
        if (mdl)
            function(mdl);
    };

    either([](PMDL given) { use(given); });
    with(mdl, [](PMDL given) { use(given); });
    with(mdl, [&mdl](PMDL given) {
        IoFreeMdl(given);
        mdl = nullptr;
    });
}

// The object decides: through the base class the override is called that forgets to unmap.
#include "wdk/d3dkmddi_iommu.h"

class View {
public:
    explicit View(PMDL mdl) : m_mdl(mdl), m_address(nullptr) {}
    virtual ~View() {}
    bool open()
    {
        __try {
            m_address = MmMapLockedPagesSpecifyCache(m_mdl, UserMode, MmCached, nullptr, FALSE, NormalPagePriority);
        } __except (EXCEPTION_EXECUTE_HANDLER) {
        }
        return m_address != nullptr;
    }
    virtual void close()
    {
        if (m_address)
            MmUnmapLockedPages(m_address, m_mdl);
        m_address = nullptr;
    }

protected:
    PMDL m_mdl;
    PVOID m_address;
};

class Forgetful : public View {
public:
    explicit Forgetful(PMDL mdl) : View(mdl) {}
    void close() override { m_address = nullptr; }
};

class Careful : public View {
public:
    explicit Careful(PMDL mdl) : View(mdl) {}
    void close() override { View::close(); }
};

void forgetful_bad(PMDL locked)
{
    Forgetful object(locked);
    View &view = object;

    view.open();
    view.close();
    MmUnlockPages(locked); // expect: MDL002
}

void careful_ok(PMDL locked)
{
    Careful object(locked);
    View &view = object;

    view.open();
    view.close();
    MmUnlockPages(locked);
}

void named_ok(PMDL locked)
{
    Forgetful object(locked);

    object.open();
    object.View::close();
    MmUnlockPages(locked);
}

static void close_any(View *view)
{
    view->close();
}

void through_helper_ok(PMDL locked)
{
    Careful object(locked);

    object.open();
    close_any(&object);
    MmUnlockPages(locked);
}

void through_helper_bad(PMDL locked)
{
    Forgetful object(locked);

    object.open();
    close_any(&object);
    MmUnlockPages(locked); // expect: MDL002
}

/* Two helpers deep, and asked twice: the object is the same both times. */
static void close_again(View &view)
{
    close_any(&view);
    view.close();
}

void twice_ok(PMDL locked)
{
    Careful object(locked);

    object.open();
    close_again(object);
    MmUnlockPages(locked);
}

void twice_bad(PMDL locked)
{
    Forgetful object(locked);

    object.open();
    close_again(object);
    MmUnlockPages(locked); // expect: MDL002
}

/* Opened and closed through a pointer to whatever it is: what is found is found for one class. */
static void close_one(View *view, PMDL locked)
{
    view->close();
    MmUnlockPages(locked);
}

void handed_on_ok(PMDL locked)
{
    Careful object(locked);

    object.open();
    close_one(&object, locked);
}

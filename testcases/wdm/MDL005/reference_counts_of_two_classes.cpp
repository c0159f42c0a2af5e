// Two classes count references by one base class, whose Release() runs whichever clean-up the object has: an object of one class has not that of the other.
#include "wdk/d3dkmddi_iommu.h"

class Counted {
public:
    void AddRef() { InterlockedIncrement(&m_count); }
    void Release()
    {
        if (InterlockedDecrement(&m_count) == 0)
            OnLast();
    }

protected:
    virtual void OnLast() = 0;

private:
    volatile LONG m_count;
};

class Packet : public Counted {
public:
    void Send_bad();

private:
    void OnLast() override
    {
        if (m_mdl)
            IoFreeMdl(m_mdl);
    }
    PMDL m_mdl;
};

class Binding : public Counted {
public:
    void Close_ok();
    bool Reject_ok(bool known);

private:
    void Unbind()
    {
        m_open = FALSE;
        Release();
    }
    void OnLast() override { KeSetEvent(&m_done, IO_NO_INCREMENT, FALSE); }
    BOOLEAN m_open;
    KEVENT m_done;
};

/* Both references are given back: nothing of a packet is freed here. */
bool Binding::Reject_ok(bool known)
{
    AddRef();
    if (known) {
        Unbind();
        Release();
        return false;
    }
    return true;
}

void Binding::Close_ok()
{
    Unbind();
    Release();
}

void Packet::Send_bad()
{
    IoFreeMdl(m_mdl);
    OnLast(); // expect: MDL006
}

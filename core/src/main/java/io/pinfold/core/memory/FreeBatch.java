package io.pinfold.core.memory;

/** Signatures only; filled in next. */
public final class FreeBatch {
    public FreeBatch(PhysicalMemory memory) {
    }

    public void add(long headPfn) {
        throw new UnsupportedOperationException();
    }

    public boolean isEmpty() {
        throw new UnsupportedOperationException();
    }

    public int drain() {
        throw new UnsupportedOperationException();
    }
}

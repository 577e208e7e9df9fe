package io.pinfold.core.memory;

/** Signatures only; filled in next. */
public final class RetiredTables {
    RetiredTables() {
    }

    /** Links {@code pfn} in front of the chain that starts at {@code chainHeadPfn} (0: none); returns the new head, pfn. */
    public long link(long pfn, long chainHeadPfn) {
        throw new UnsupportedOperationException();
    }

    /** Hands over a chain of tables already unlinked from every entry above; frees them when walkers have moved on. */
    public void retire(long chainHeadPfn) {
        throw new UnsupportedOperationException();
    }

    /** Frees what walkers have left behind; returns the number of tables freed. */
    public int step() {
        throw new UnsupportedOperationException();
    }

    public long pending() {
        throw new UnsupportedOperationException();
    }
}

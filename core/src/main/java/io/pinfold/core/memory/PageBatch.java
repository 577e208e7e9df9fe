package io.pinfold.core.memory;

/** Signatures only; filled in next. */
public final class PageBatch implements AutoCloseable {
    PageBatch() {
    }

    public static PageBatch create(PhysicalMemory memory, int capacity) {
        throw new UnsupportedOperationException();
    }

    public PhysicalMemory memory() {
        throw new UnsupportedOperationException();
    }

    public int capacity() {
        throw new UnsupportedOperationException();
    }

    public int size() {
        throw new UnsupportedOperationException();
    }

    public long pfn(int index) {
        throw new UnsupportedOperationException();
    }

    public int stopReason() {
        throw new UnsupportedOperationException();
    }

    public long stopAddress() {
        throw new UnsupportedOperationException();
    }

    public boolean isPinned() {
        throw new UnsupportedOperationException();
    }

    public boolean isHeld() {
        throw new UnsupportedOperationException();
    }

    public int[] beginFill() {
        throw new UnsupportedOperationException();
    }

    public void commit(int count, boolean pinned, int stopErrno, long stopAddress) {
        throw new UnsupportedOperationException();
    }

    public void abandon() {
        throw new UnsupportedOperationException();
    }

    public void abandon(int stopErrno, long stopAddress) {
        throw new UnsupportedOperationException();
    }

    /** For walkers: IllegalArgumentException naming both when this is a batch of another memory or too small. */
    public void requireFor(PhysicalMemory other, int pages) {
        throw new UnsupportedOperationException();
    }

    public void countAcquired(int node, long n) {
        throw new UnsupportedOperationException();
    }

    public void countReleased(int node, long n) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    /**
     * For walkers, while filling: where frames go whose last reference a roll-back dropped. The filler drains it once it has
     * left its slot and before commit or abandon. The batch's own, so that it has one owner at a time as the batch has.
     */
    public FreeBatch deferred() {
        throw new UnsupportedOperationException();
    }
}

package io.pinfold.core.memory;

import io.pinfold.core.epoch.WalkerSlots;

/** Signatures only; filled in next. */
public final class PhysicalMemory implements AutoCloseable {
    private PhysicalMemory() {
    }

    public static PhysicalMemory open(MemoryOptions options) {
        throw new UnsupportedOperationException();
    }

    public MemoryOptions options() {
        throw new UnsupportedOperationException();
    }

    public long frameBasePage() {
        throw new UnsupportedOperationException();
    }

    public long recordBasePage() {
        throw new UnsupportedOperationException();
    }

    public long frameAddress(long pfn) {
        throw new UnsupportedOperationException();
    }

    public long recordAddress(long pfn) {
        throw new UnsupportedOperationException();
    }

    public long frames() {
        throw new UnsupportedOperationException();
    }

    public long ramFrames() {
        throw new UnsupportedOperationException();
    }

    public long zeroPfn() {
        throw new UnsupportedOperationException();
    }

    public int nodes() {
        throw new UnsupportedOperationException();
    }

    public boolean isLongtermPinnable(long pfn) {
        throw new UnsupportedOperationException();
    }

    public int nodeOf(long pfn) {
        throw new UnsupportedOperationException();
    }

    public ZoneKind zoneOf(long pfn) {
        throw new UnsupportedOperationException();
    }

    public Blocks blocks() {
        throw new UnsupportedOperationException();
    }

    public WalkerSlots slots() {
        throw new UnsupportedOperationException();
    }

    public RetiredTables retired() {
        throw new UnsupportedOperationException();
    }

    public VmStat vmStat() {
        throw new UnsupportedOperationException();
    }

    public Use use(String what) {
        throw new UnsupportedOperationException();
    }

    void endUse(Use use) {
        throw new UnsupportedOperationException();
    }

    public long nextId() {
        throw new UnsupportedOperationException();
    }

    public PageBatch newPageBatch(int capacity) {
        throw new UnsupportedOperationException();
    }

    public int putPages(PageBatch batch) {
        throw new UnsupportedOperationException();
    }

    public int releasePages(PageBatch batch) {
        throw new UnsupportedOperationException();
    }

    public int unpinUserPages(PageBatch batch) {
        throw new UnsupportedOperationException();
    }

    public int unpinUserPagesDirtyLock(PageBatch batch, boolean makeDirty) {
        throw new UnsupportedOperationException();
    }

    public PageInfo page(long pfn) {
        throw new UnsupportedOperationException();
    }

    public boolean isClosed() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}

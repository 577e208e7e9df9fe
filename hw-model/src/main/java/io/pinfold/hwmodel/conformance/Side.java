package io.pinfold.hwmodel.conformance;

/**
 * A machine on which a story is played: an address space of its own, rings with registered buffers, and the callers of
 * the kernel that hold pages for as long as one call takes. Results are 0 or a count, or a negated errno. Addresses are
 * those of the story's window; pages have 4096 bytes.
 *
 * <p>{@link #close} ends everything that the story left behind.
 */
interface Side extends AutoCloseable {

    /** The number of rings that a story may use. */
    int RINGS = 3;
    /** Pages of the memory file; a mapping of it does not cross a multiple of this number. */
    int SHARED_PAGES = 64;
    /** Pages of a huge page. */
    int HUGE_PAGES = 512;

    /** First address of the window, a multiple of 1 GiB. */
    long window();

    /** Address of a page of the window. */
    default long page(int index) {
        return window() + (long) index * Scratch.PAGE_BYTES;
    }

    /** Page of the window's memory file behind a place in the window. */
    static int filePage(long offset) {
        return (int) (offset / Scratch.PAGE_BYTES % SHARED_PAGES);
    }

    // ---- the process

    /** Maps pages (mmap with MAP_FIXED). */
    int map(long address, int pages, int prot, Backing backing);

    /** Unmaps pages (munmap). */
    int unmap(long address, int pages);

    /** Changes the protection (mprotect). */
    int protect(long address, int pages, int prot);

    /** Discards pages (MADV_DONTNEED). */
    int discard(long address, int pages);

    /** Permits or forbids huge pages (MADV_HUGEPAGE or MADV_NOHUGEPAGE). */
    int advise(long address, int pages, boolean huge);

    /** Faults pages in (MADV_POPULATE_READ or _WRITE). */
    int populate(long address, int pages, boolean write);

    /** Fills a page as the program. */
    int store(long address, byte value);

    /** Reads a page as the program; returns {@link Shown#content} or a negated errno. */
    int load(long address);

    /** The frame that is mapped now, 0 when none is. */
    long frame(long address);

    /** The number of entries that map the frame. */
    int mapCount(long frame);

    /** Whether the frame is the shared zero page. */
    boolean isZeroPage(long frame);

    /** Whether the frame is part of a huge page. */
    boolean isHuge(long frame);

    /** Whether one leaf maps {@code address} and its neighbours. */
    boolean isLeaf(long address);

    /** The number of mappings in the window. */
    int mappings();

    // ---- devices with registered buffers

    /**
     * Registers a table of buffers with a ring that has none: all their pages are pinned long-term for writing, or
     * none.
     */
    int register(int ring, Span... buffers);

    /** Gives the table of a ring back. */
    int unregister(int ring);

    /** Reads one whole page of a buffer as the device; returns the content or a negated errno. */
    int deviceLoad(int ring, int buffer, int page);

    /** Fills one whole page of a buffer as the device. */
    int deviceStore(int ring, int buffer, int page, byte value);

    /** KiB charged for the registered buffers: a base page as often as it occurs, a huge page once and whole. */
    long pinnedKb();

    // ---- callers that hold pages during one call

    /** Calls process_vm_readv, or _writev with bytes that are all {@code 'P'}; returns the bytes moved. */
    long processVm(Span span, boolean write);

    /**
     * Reads or writes one page through /proc/self/mem, ignoring its protection; returns the content read, 0, or
     * -EFAULT.
     */
    int throughMem(long address, boolean write, byte value);

    /** Calls vmsplice into a pipe, which then holds the pages; returns the bytes. */
    long splice(long address, int pages);

    /** Empties the pipe and returns the content of its first page. */
    int drain();

    /**
     * Does direct I/O between the span and the beginning of a file of 'F's on a disk; returns the bytes moved.
     *
     * @param read whether the memory is written
     */
    long direct(Span span, boolean read);

    // ---- counters

    /** The pin counters now. */
    Pins pins();

    /** The counters as 6.18 keeps them, see {@link MergedPins}; on the kernel's side the same as {@link #pins()}. */
    default Pins mergedPins() {
        return pins();
    }

    /**
     * Whether pages of the window's memory file are held beyond the references of the object; nothing of it is mapped.
     */
    boolean isFileHeld();

    @Override
    void close();
}

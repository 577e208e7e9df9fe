package io.pinfold.hwmodel.conformance;

/**
 * A machine on which a story is played: an address space of its own, rings with registered buffers, and the callers of the kernel
 * that hold pages for as long as one call takes. Results are 0 or a count, or a negated errno. Addresses are those of the
 * story's window; pages have 4096 bytes.
 *
 * <p>Closing ends everything the story left behind.
 */
interface Side extends AutoCloseable {

    /** Rings a story may use: 0 to this, exclusive. */
    int RINGS = 3;
    /** Pages of the memory file; a mapping of it does not reach over a multiple of these. */
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

    /** mmap, MAP_FIXED. */
    int map(long address, int pages, int prot, Backing backing);

    /** munmap. */
    int unmap(long address, int pages);

    /** mprotect. */
    int protect(long address, int pages, int prot);

    /** madvise, MADV_DONTNEED. */
    int discard(long address, int pages);

    /** madvise, MADV_HUGEPAGE or MADV_NOHUGEPAGE. */
    int advise(long address, int pages, boolean huge);

    /** madvise, MADV_POPULATE_READ or _WRITE. */
    int populate(long address, int pages, boolean write);

    /** The program fills a page. */
    int store(long address, byte value);

    /** The program looks at a page: {@link Shown#content}, or a negated errno. */
    int load(long address);

    /** Frame that is mapped now, 0 when none is. */
    long frame(long address);

    /** Entries that map the frame. */
    int mapCount(long frame);

    /** Whether it is the shared page of zeros. */
    boolean isZeroPage(long frame);

    /** Whether it is part of a huge page. */
    boolean isHuge(long frame);

    /** Whether one leaf maps {@code address} and its neighbours. */
    boolean isLeaf(long address);

    /** Mappings of the window. */
    int mappings();

    // ---- devices with registered buffers

    /** Registers a table of buffers with a ring that has none: all their pages, pinned for long and for writing, or nothing. */
    int register(int ring, Span... buffers);

    /** Gives the table of a ring back. */
    int unregister(int ring);

    /** What the device reads from one whole page of a buffer: content, or a negated errno. */
    int deviceLoad(int ring, int buffer, int page);

    /** Lets the device fill one whole page of a buffer. */
    int deviceStore(int ring, int buffer, int page, byte value);

    /** KiB charged for the registered buffers: a base page as often as it is named, a huge page once and whole. */
    long pinnedKb();

    // ---- callers that hold pages during one call

    /** process_vm_readv, or _writev of bytes that are all {@code 'P'}: bytes moved. */
    long processVm(Span span, boolean write);

    /** Reads or writes one page through /proc/self/mem, past its protection: the content read, 0, or -EFAULT. */
    int throughMem(long address, boolean write, byte value);

    /** vmsplice into a pipe, which holds the pages: bytes. */
    long splice(long address, int pages);

    /** What the pipe holds, the first page; it is empty afterwards. */
    int drain();

    /**
     * Direct I/O between the span and the beginning of a file of 'F's on a disk: bytes moved.
     *
     * @param read whether the memory is written
     */
    long direct(Span span, boolean read);

    // ---- what is told

    /** The counters now. */
    Pins pins();

    /**
     * The counters as the kernel of today keeps them, see {@link MergedPins}; the same as {@link #pins()} where it is that kernel that
     * counts.
     */
    default Pins mergedPins() {
        return pins();
    }

    /** Whether somebody other than object and mappings holds pages of the window's memory file; nothing of it is mapped. */
    boolean isFileHeld();

    @Override
    void close();
}

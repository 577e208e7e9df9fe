package io.pinfold.jmh.support;

import io.pinfold.core.gup.FollFlags;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.GupSession;

/**
 * Order-0 pages of an address space, mapped, writable and present, and the ways to take and drop a reference on each.
 *
 * <p>{@link #getAndPut} and {@link #pinAndUnpin} are the shipping calls a user makes. {@link #casPair} is the floor they
 * are compared with: two successful compare-and-sets on the reference count of the same records in the same order, one
 * pass up and one pass down, and nothing else. Nothing that counts references one page at a time can cost less.
 *
 * <p>One thread at a time.
 */
public final class PresentPages implements AutoCloseable {
    /** Most pages a call can ask for here: one page table full. */
    public static final int PAGES_MAX = 512;

    private static final long RAM = 64L << 20;
    private static final long TABLE_BYTES = 2L << 20;

    private final PhysicalMemory memory;
    private final AddressSpace space;
    private final GupSession session;
    private final PageBatch batch;
    private final int pages;
    private final long address;
    private final int[] pfns;
    private final long recordBasePage;

    /**
     * Maps and faults in pages.
     *
     * @param pages 1 to {@link #PAGES_MAX}; also the batch of each call
     */
    public PresentPages(int pages) {
        if (pages < 1 || pages > PAGES_MAX) {
            throw new IllegalArgumentException("pages " + pages + ": must be 1 to " + PAGES_MAX);
        }
        this.pages = pages;
        memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM));
        space = AddressSpace.create(memory);
        session = GupSession.open(memory);
        batch = memory.newPageBatch(pages);
        recordBasePage = memory.recordBasePage();
        address = space.mmap(TABLE_BYTES, pages * 4096L, Prot.READ | Prot.WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
        check(address == TABLE_BYTES, "mmap", address);
        int present = session.pinUserPagesFast(space, address, pages, FollFlags.FOLL_WRITE, batch);
        check(present == pages, "pinUserPagesFast", present);
        pfns = new int[pages];
        for (int i = 0; i < pages; i++) {
            pfns[i] = (int) batch.pfn(i);
        }
        memory.unpinUserPages(batch);
    }

    /** Pages a call takes and drops. */
    public int pages() {
        return pages;
    }

    /** get_user_pages_fast and put_page for all pages; pages obtained. */
    public int getAndPut() {
        int n = session.getUserPagesFast(space, address, pages, FollFlags.FOLL_WRITE, batch);
        memory.putPages(batch);
        return n;
    }

    /** pin_user_pages_fast and unpin_user_page for all pages; pages obtained. */
    public int pinAndUnpin() {
        int n = session.pinUserPagesFast(space, address, pages, FollFlags.FOLL_WRITE, batch);
        memory.unpinUserPages(batch);
        return n;
    }

    /** The floor: a compare-and-set up and one down on the count of each page; number of those that succeeded. */
    public int casPair() {
        return casEach(1) + casEach(-1);
    }

    private int casEach(int delta) {
        long counts = ((recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT) + PageLayout.REFCOUNT;
        int done = 0;
        for (int pfn : pfns) {
            long count = counts + ((long) pfn << PageLayout.SHIFT);
            int seen = Words.getIntVolatile(count);
            if (Words.compareAndSetInt(count, seen, seen + delta)) {
                done++;
            }
        }
        return done;
    }

    /**
     * That the work was done and undone: every page has the one reference of its mapping, and every pin taken was given
     * back.
     *
     * @throws IllegalStateException naming the first page or the counters when not
     */
    public void checkBalanced() {
        for (int pfn : pfns) {
            check(PageRefs.refCount(memory.recordAddress(pfn)) == 1, "count of frame " + pfn,
                    PageRefs.refCount(memory.recordAddress(pfn)));
        }
        long out = memory.vmStat().nrFollPinAcquired() - memory.vmStat().nrFollPinReleased();
        check(out == 0, "pins acquired minus released", out);
        check(memory.vmStat().fallBacks().values().stream().mapToLong(Long::longValue).sum() <= 1,
                "fall-backs beyond the first fault", memory.vmStat().fallBacks().size());
    }

    @Override
    public void close() {
        batch.close();
        session.close();
        space.close();
        memory.close();
    }

    private static void check(boolean good, String what, long value) {
        if (!good) {
            throw new IllegalStateException(what + " is " + value);
        }
    }
}

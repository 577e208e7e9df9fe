package io.pinfold.jmh.support;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.GupSession;
import io.pinfold.jmh.baseline.CBaseline;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Pages of an address space, mapped, writable and present, and the ways to take and drop a reference on each: by the
 * shipping calls ({@link #getAndPut}, {@link #pinAndUnpin}), by the same steps in C ({@link #cGetAndPut}, {@link
 * #cPinAndUnpin}), and by the floor under all of them. The floor is two locked instructions on the reference count of
 * the same records in the same order, one pass up and one pass down, and nothing else ({@link #casPair}, {@link
 * #cTwoAtomics}). No scheme that counts references one page at a time can cost less.
 *
 * <p>Each way takes the number of calls to make in a row. A call asks for the pages after those of the call before, of
 * whatever kind, and from the start again at the end: a range larger than the batch is gone through evenly by all.
 *
 * <p>One thread at a time.
 */
public final class PresentPages implements AutoCloseable {
    /** Most pages a call can ask for here: one page table full. */
    public static final int PAGES_MAX = 512;

    /** How the pages are mapped. */
    public enum Kind {
        /** Order-0 pages, folios of 16 that are mapped by one entry a page, or folios mapped by one PMD leaf. */
        ORDER0(0), FOLIO16(4), PMD(9);

        private final int order;

        Kind(int order) {
            this.order = order;
        }
    }

    private static final long RAM_BESIDE = 64L << 20;
    private static final long START = 2L << 20;
    private static final long UNIT = MemoryOptions.UNIT_BYTES;

    private final PhysicalMemory memory;
    private final AddressSpace space;
    private final GupSession session;
    private final PageBatch<Hold.Get> gets;
    private final PageBatch<Hold.Pin> pins;
    private final ExtentBatch<Hold.Get> getExtents;
    private final ExtentBatch<Hold.Pin> pinExtents;
    private final Kind kind;
    private final int pages;
    private final long bytes;
    private final int[] pfns;
    private final int[] counts;
    private final long recordBasePage;
    private final @Nullable CBaseline c;
    private final MemorySegment nativePfns;
    private int next; // index of the next call's first page

    /**
     * Maps and faults in as many pages as a call asks for.
     *
     * @param pages 1 to {@link #PAGES_MAX}; also the batch of each call
     */
    public PresentPages(int pages) {
        this(Kind.ORDER0, pages, pages, null);
    }

    /**
     * Maps and faults in a range.
     *
     * @param kind    how it is mapped
     * @param pages   of each call, 1 to {@link #PAGES_MAX}
     * @param inRange pages of the range, a multiple of {@code pages}
     * @param shuffle draws the order in which pages are touched for the first time, so that neighbours get frames far
     *                apart; null touches them in order
     */
    public PresentPages(Kind kind, int pages, int inRange, @Nullable Random shuffle) {
        if (pages < 1 || pages > PAGES_MAX || inRange % pages != 0) {
            throw new IllegalArgumentException(
                    "pages " + pages + " of " + inRange + ": must be 1 to " + PAGES_MAX + " and divide the range");
        }
        this.kind = kind;
        this.pages = pages;
        bytes = (long) inRange << Align.PAGE_SHIFT;
        memory = PhysicalMemory.open(MemoryOptions.ofRam((bytes + RAM_BESIDE + UNIT - 1) / UNIT * UNIT));
        space = AddressSpace.create(memory);
        session = GupSession.open(memory);
        gets = memory.newPageBatch(pages);
        pins = memory.newPageBatch(pages);
        getExtents = memory.newExtentBatch(pages);
        pinExtents = memory.newExtentBatch(pages);
        recordBasePage = Bridge.core(memory).recordBasePage();
        long address = space.mmap(START, bytes, Prot.READ | Prot.WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
        check(address == START, "mmap", address);
        if (kind == Kind.PMD) {
            int advised = space.madvise(START, bytes, AddressSpace.MADV_HUGEPAGE);
            check(advised == 0, "madvise", advised);
        } else {
            space.setFolioOrder(kind.order);
        }
        pfns = touch(order(inRange, shuffle));
        counts = counts();
        c = CBaseline.isAvailable() ? new CBaseline(space, pages) : null;
        if (c != null) {
            c.ask(START, bytes, 0, pages, FollFlags.FOLL_WRITE);
        }
        nativePfns = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_INT, pfns);
    }

    private static int[] order(int inRange, @Nullable Random shuffle) {
        int[] order = new int[inRange];
        for (int i = 0; i < inRange; i++) {
            int at = shuffle == null ? i : shuffle.nextInt(i + 1);
            order[i] = order[at];
            order[at] = i;
        }
        return order;
    }

    /** Touches the pages by a processor, so that no measured call has met the slow path before. */
    private int[] touch(int[] order) {
        int[] found = new int[order.length];
        try (Cpu cpu = space.openCpu()) {
            for (int index : order) {
                long address = START + ((long) index << Align.PAGE_SHIFT);
                cpu.storeLong(address, index);
            }
        }
        for (int index = 0; index < found.length; index++) {
            found[index] = (int) space.frameAt(START + ((long) index << Align.PAGE_SHIFT));
            int folioOrder = memory.page(memory.page(found[index]).head()).order();
            check(folioOrder == kind.order, "order of the folio of page " + index, folioOrder);
        }
        return found;
    }

    /** Pages that a call takes and drops. */
    public int pages() {
        return pages;
    }

    /** Whether the C side is available. */
    public boolean hasC() {
        return c != null;
    }

    private long nextAddress() {
        int index = next;
        next = index + pages >= pfns.length ? 0 : index + pages;
        return START + ((long) index << Align.PAGE_SHIFT);
    }

    /** Runs get_user_pages_fast and put_page for all pages of a call; returns the pages obtained in all calls. */
    public int getAndPut(int calls) {
        int sum = 0;
        for (int i = 0; i < calls; i++) {
            sum += session.getUserPagesFast(space, nextAddress(), pages, GupOptions.WRITE, gets);
            memory.putPages(gets);
        }
        return sum;
    }

    /**
     * Runs pin_user_pages_fast and unpin_user_page for all pages of a call; returns the pages obtained in all calls.
     */
    public int pinAndUnpin(int calls) {
        int sum = 0;
        for (int i = 0; i < calls; i++) {
            sum += session.pinUserPagesFast(space, nextAddress(), pages, GupOptions.WRITE, pins);
            memory.unpinUserPages(pins);
        }
        return sum;
    }

    /** Does what {@link #getAndPut} does, with extents. */
    public int getAndPutExtents(int calls) {
        int sum = 0;
        for (int i = 0; i < calls; i++) {
            sum += session.getUserPagesFast(space, nextAddress(), pages, GupOptions.WRITE, getExtents);
            memory.putPages(getExtents);
        }
        return sum;
    }

    /** Does what {@link #pinAndUnpin} does, with extents. */
    public int pinAndUnpinExtents(int calls) {
        int sum = 0;
        for (int i = 0; i < calls; i++) {
            sum += session.pinUserPagesFast(space, nextAddress(), pages, GupOptions.WRITE, pinExtents);
            memory.unpinUserPages(pinExtents);
        }
        return sum;
    }

    /** Does what {@link #getAndPutExtents} does, in C. */
    public int cGetAndPutExtents(int calls) {
        return askC(calls).extentsGet(calls);
    }

    /** Does what {@link #pinAndUnpinExtents} does, in C. */
    public int cPinAndUnpinExtents(int calls) {
        return askC(calls).extentsPin(calls);
    }

    /** Does what {@link #getAndPut} does, in C. */
    public int cGetAndPut(int calls) {
        return askC(calls).listGet(calls);
    }

    /** Does what {@link #pinAndUnpin} does, in C. */
    public int cPinAndUnpin(int calls) {
        return askC(calls).listPin(calls);
    }

    /** Runs the floor in C; returns the locked instructions that succeeded. */
    public int cTwoAtomics(int calls) {
        requireCountsOfTheirOwn();
        int first = next;
        return askC(calls).twoAtomics(nativePfns, pfns.length, first, pages, calls);
    }

    private CBaseline askC(int calls) {
        if (c == null) {
            throw new IllegalStateException(CBaseline.whyNot());
        }
        c.ask(START, bytes, (long) next << Align.PAGE_SHIFT, pages, FollFlags.FOLL_WRITE);
        next = (int) ((next + (long) calls * pages) % pfns.length);
        return c;
    }

    /**
     * Runs the floor in Java, a compare-and-set up and one down on the count of each page; returns how many of them
     * succeeded.
     */
    public int casPair(int calls) {
        requireCountsOfTheirOwn();
        int done = 0;
        for (int i = 0; i < calls; i++) {
            int first = next;
            next = first + pages >= pfns.length ? 0 : first + pages;
            done += casEach(first, 1) + casEach(first, -1);
        }
        return done;
    }

    private void requireCountsOfTheirOwn() {
        if (kind != Kind.ORDER0) {
            throw new IllegalStateException("pages of " + kind + " have no count of their own");
        }
    }

    private int casEach(int first, int delta) {
        long counts = ((recordBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT) + PageLayout.REFCOUNT;
        int done = 0;
        for (int i = first; i < first + pages; i++) {
            long count = counts + ((long) pfns[i] << PageLayout.SHIFT);
            int seen = Words.getIntVolatile(count);
            if (Words.compareAndSetInt(count, seen, seen + delta)) {
                done++;
            }
        }
        return done;
    }

    /**
     * Checks that the work was done and undone: every count is what it was at first, every pin taken was given back,
     * and no walk fell back.
     *
     * @throws IllegalStateException if not, naming the first page or the counters
     */
    public void checkBalanced() {
        int[] now = counts();
        for (int i = 0; i < now.length; i++) {
            check(now[i] == counts[i], "change of the count of frame " + pfns[i], (long) now[i] - counts[i]);
        }
        long out = memory.vmStat().nrFollPinAcquired() - memory.vmStat().nrFollPinReleased();
        check(out == 0, "pins acquired minus released", out);
        long fallBacks = memory.vmStat().fallBacks().values().stream().mapToLong(Long::longValue).sum();
        check(fallBacks == 0, "walks that fell back", fallBacks);
    }

    private int[] counts() {
        int[] found = new int[pfns.length];
        for (int i = 0; i < found.length; i++) {
            found[i] = PageRefs.refCount(Bridge.core(memory).recordAddress(pfns[i]));
        }
        return found;
    }

    @Override
    public void close() {
        pinExtents.close();
        getExtents.close();
        pins.close();
        gets.close();
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

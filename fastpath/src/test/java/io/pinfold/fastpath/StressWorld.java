package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SharedMemory;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the stress threads share: two spaces with a private window and a mapping of one shared object each, and pages
 * handed from thread to thread.
 *
 * <p>Each write to a page, through a mapping or through a pin, writes the page's stamp: of the space and the
 * address for private memory, of the object and the page for shared memory. A frame is zeroed before it is mapped. So
 * whatever is read through a reference that was obtained for an address is zero or that address's stamp, at any time
 * while it is held.
 */
final class StressWorld implements AutoCloseable {

    static final int PAGE = 4096;
    /** Pages of a window: over the border of two tables, so that tables come and go as well. */
    static final int PAGES = 16;
    private static final int WINDOWS = 4;
    private static final long STAMP = 0x5EL << 56;

    /** User pages come from the upper end. Where entries are split, their frame numbers reach into the upper half. */
    private static final long RAM = (Geometry.SPLIT_ENTRIES ? 4L << 30 : 0) + (32L << 20);

    final PhysicalMemory memory = PhysicalMemory
            .open(MemoryOptions.ofRam(RAM).withMovableBytes(16L << 20).withNodes(1));
    final AddressSpace[] spaces = {AddressSpace.create(memory), AddressSpace.create(memory)};
    final SharedMemory object = SharedMemory.create(memory, (long) PAGES * PAGE);
    final Queue<Held> handedOver = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    StressWorld() {
        for (int window = 0; window < WINDOWS; window++) {
            map(window, 0, PAGES, Prot.READ_WRITE);
        }
    }

    AddressSpace space(int window) {
        return spaces[window & 1];
    }

    boolean isShared(int window) {
        return window >= 2;
    }

    int windows() {
        return WINDOWS;
    }

    long address(int window, int page) {
        return (window + 1L) * Geometry.levelBytes(Geometry.PUD) + (long) (page - PAGES / 2) * PAGE;
    }

    void map(int window, int first, int pages, int prot) {
        long address = address(window, first);
        long bytes = (long) pages * PAGE;
        long got = isShared(window)
                ? space(window).mmap(address, bytes, prot, MapFlags.SHARED | MapFlags.FIXED, object, first)
                : space(window).mmap(address, bytes, prot, MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
        assertThat(got).isEqualTo(address);
    }

    long stamp(int window, int page) {
        return STAMP | (isShared(window) ? 0xFFFFL : space(window).id()) << 16 | page;
    }

    /** I1, and I5 while held: zero, or the stamp of this place. */
    void check(int window, int page, long pfn) {
        long word = Words.getLongVolatile(Bridge.core(memory).frameAddress(pfn));
        if (word != 0 && word != stamp(window, page)) {
            throw new AssertionError("page " + page + " of window " + window + ": frame " + pfn + " holds 0x"
                    + Long.toHexString(word) + ", not 0x" + Long.toHexString(stamp(window, page)) + "; "
                    + memory.page(pfn));
        }
    }

    boolean isRunning() {
        return failure.get() == null;
    }

    void failed(Throwable throwable) {
        failure.compareAndSet(null, throwable);
    }

    void rethrow() {
        Throwable first = failure.get();
        if (first != null) {
            throw new AssertionError("a stress thread failed; " + memory.vmStat(), first);
        }
    }

    @Override
    public void close() {
        if (!isRunning()) {
            return; // what is out is out; the failure is what matters
        }
        for (AddressSpace space : spaces) {
            space.close();
        }
        object.close();
        VmStat stat = memory.vmStat();
        assertThat(stat.nrFollPinAcquired()).as("I3").isEqualTo(stat.nrFollPinReleased()).isPositive();
        List<MemoryAudit.Finding> findings = MemoryAudit.checkIdle(memory);
        assertThat(findings).as("audit").isEmpty();
        memory.close();
    }
}

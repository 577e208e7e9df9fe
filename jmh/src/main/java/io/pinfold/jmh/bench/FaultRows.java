package io.pinfold.jmh.bench;

import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.HugetlbMemory;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SharedMemory;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.jmh.RatioHarness;
import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import java.util.List;

/**
 * Rows of a store that faults: pages are stored to, many in a row. Between two slices MADV_DONTNEED takes the pages
 * away again, which is not timed. Each row is compared with the part that no implementation can leave out, the zeroing
 * or copying of as much memory.
 *
 * <p>Many stores that do not fault run before, as in any program. If every access faults from the start, HotSpot
 * compiles the fault, and all that it calls, into the code of the access. Whether it does depends on which was compiled
 * first, and costs a quarter of the time.
 */
final class FaultRows implements Group.Rows {
    static final String FIRST = "fault.first";
    static final String COW = "fault.cow";
    static final String HUGETLB = "fault.hugetlb";
    static final String HUGETLB_MAPPED = "fault.hugetlbMapped";

    private static final int PAGES = 512;
    private static final int HUGE_PAGES = 4;
    private static final long PAGE_BYTES = 4096;
    private static final long HUGE_BYTES = 2L << 20;
    private static final long START = 1L << 30;
    private static final long ELSEWHERE = 2L << 30;
    private static final int STORES_BEFORE = 20_000_000;
    private static final long RAM = 128L << 20;

    private final String id;
    private final int pages;
    private final long pageBytes;
    private final Bytes yardstick;
    private final String ratioTo;
    private final boolean isReadBefore;
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM));
    private final AddressSpace space = AddressSpace.create(memory);
    private final Cpu cpu = space.openCpu();

    private FaultRows(String id, int pages, long pageBytes, Bytes yardstick, String ratioTo, boolean isReadBefore) {
        this.id = id;
        this.pages = pages;
        this.pageBytes = pageBytes;
        this.yardstick = yardstick;
        this.ratioTo = ratioTo;
        this.isReadBefore = isReadBefore;
        storeWithoutFaults();
    }

    private void storeWithoutFaults() {
        check("mmap", space.mmap(ELSEWHERE, PAGE_BYTES, Prot.READ_WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED), ELSEWHERE);
        for (int i = 0; i < STORES_BEFORE; i++) {
            cpu.storeLong(ELSEWHERE, i);
        }
        check("munmap", space.munmap(ELSEWHERE, PAGE_BYTES), 0);
    }

    /** The first store to an anonymous page. */
    static FaultRows first() {
        FaultRows rows = new FaultRows(FIRST, PAGES, PAGE_BYTES, Bytes.zeroing(PAGES, PAGE_BYTES), Yardstick.ZERO_PAGE,
                false);
        rows.check("mmap", rows.space.mmap(START, PAGES * PAGE_BYTES, Prot.READ_WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED), START);
        return rows;
    }

    /** The first store to a page of a private mapping that was read before: the page of the object is copied. */
    static FaultRows cow() {
        FaultRows rows = new FaultRows(COW, PAGES, PAGE_BYTES, Bytes.copying(PAGES, PAGE_BYTES), Yardstick.COPY_PAGE,
                true);
        long bytes = PAGES * PAGE_BYTES;
        try (SharedMemory object = SharedMemory.create(rows.memory, bytes)) { // the mapping keeps the object alive
            long shared = rows.space.mmap(0, bytes, Prot.READ_WRITE, MapFlags.SHARED, object, 0);
            rows.cpu.fill(shared, bytes, (byte) 1);
            rows.check("munmap", rows.space.munmap(shared, bytes), 0);
            rows.check("mmap", rows.space.mmap(START, bytes, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.FIXED, object,
                    0), START);
        }
        return rows;
    }

    /** The first store to a huge page of a private mapping: 2 MiB are allocated and zeroed. */
    static FaultRows hugetlb() {
        FaultRows rows = new FaultRows(HUGETLB, HUGE_PAGES, HUGE_BYTES, Bytes.zeroing(HUGE_PAGES, HUGE_BYTES),
                Yardstick.ZERO_HUGE, false);
        rows.check("mmap", rows.space.mmap(START, HUGE_PAGES * HUGE_BYTES, Prot.READ_WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED | MapFlags.HUGETLB), START);
        return rows;
    }

    /** A store to a huge page that is in its object and not mapped: the fault without the 2 MiB. */
    static FaultRows hugetlbMapped() {
        FaultRows rows = new FaultRows(HUGETLB_MAPPED, HUGE_PAGES, HUGE_BYTES, Bytes.zeroing(PAGES, PAGE_BYTES),
                Yardstick.ZERO_PAGE, false);
        long bytes = HUGE_PAGES * HUGE_BYTES;
        try (HugetlbMemory object = HugetlbMemory.create(rows.memory, bytes, Geometry.PMD)) {
            rows.check("mmap", rows.space.mmap(START, bytes, Prot.READ_WRITE,
                    MapFlags.SHARED | MapFlags.FIXED | MapFlags.HUGETLB, object, 0), START);
        }
        int _ = rows.store(HUGE_PAGES);
        return rows;
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        int base = harness.add(new Variant(ratioTo, 1, yardstick::move));
        int fault = harness.add(new Variant(id, 1, this::store, this::takeAway, pages));
        Result result = harness.run(rounds, new int[]{base, base}).get(fault);
        cpu.close();
        space.close();
        memory.close();
        return List.of(
                new Figure(id, result.nanos(), result.ratio(), result.p25(), result.p75(), ratioTo, "ns a fault"));
    }

    /** Stores to the first {@code calls} pages. */
    private int store(int calls) {
        for (int i = 0; i < calls; i++) {
            cpu.storeLong(START + i * pageBytes, i);
        }
        return calls;
    }

    /** Empties the whole mapping. If the row starts from read pages, the first {@code calls} pages are read again. */
    private void takeAway(int calls) {
        check("madvise", space.madvise(START, pages * pageBytes, AddressSpace.MADV_DONTNEED), 0);
        long sum = 0;
        for (int i = 0; isReadBefore && i < calls; i++) {
            sum += cpu.loadLong(START + i * pageBytes);
        }
        check("sum of what was read", sum, isReadBefore ? calls * 0x0101_0101_0101_0101L : 0);
    }

    private void check(String what, long got, long wanted) {
        if (got != wanted) {
            throw new IllegalStateException(id + ": " + what + " is " + got + ", not " + wanted);
        }
    }
}

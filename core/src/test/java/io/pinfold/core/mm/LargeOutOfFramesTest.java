package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fails the k-th allocation, for every k, of what takes more than a frame: huge and reserved pages, folios, the index
 * of an object, a batch. All that is free is taken away again after each failure, so that a thing given back by mistake
 * is gone; then exactly one missing thing is added, until the same access succeeds.
 */
@Tag("wide")
class LargeOutOfFramesTest extends MmTest {
    private static final long HUGE = 8 * Geometry.levelBytes(Geometry.PMD);
    private static final long BYTES = Geometry.levelBytes(Geometry.PMD);
    private static final int ORDER = Geometry.BITS_PER_LEVEL;
    /** Tables that a new space needs below its root for a leaf of level PMD. */
    private static final int LEAF_TABLES = Geometry.ROOT - Geometry.PMD;

    private final Deque<Long> blocks = new ArrayDeque<>();
    private final Deque<Long> frames = new ArrayDeque<>();
    private final Deque<Long> tables = new ArrayDeque<>();
    private int order;
    /** Whether a failed try must leave the user frames that there were; an object keeps a page it made. */
    private boolean isExact = true;
    private Cpu cpu;

    @Override
    MemoryOptions options() {
        return MemoryOptions.ofRam(32L << 20);
    }

    @BeforeEach
    void openCpu() {
        cpu = space.openCpu();
    }

    @AfterEach
    void giveBack() {
        for (Deque<Long> taken : List.of(blocks, frames)) {
            taken.forEach(pfn -> UserPages.put(core, pfn));
        }
        tables.forEach(core.blocks()::freeTable);
        cpu.close();
    }

    private void takeAll() {
        int _ = core.retired().drain();
        takeAll(blocks, order);
        for (int smaller = order - 1; smaller > 0; smaller--) {
            takeAll(frames, smaller);
        }
        takeAll(frames, 0);
        for (long pfn; (pfn = core.blocks().allocateTable(0, 0, 0)) > 0;) {
            tables.push(pfn);
        }
    }

    private void takeAll(Deque<Long> into, int size) {
        for (long pfn; (pfn = core.blocks().allocate(size, Blocks.MOVABLE_FIRST)) > 0;) {
            into.push(pfn);
        }
    }

    private long freeFrames() {
        VmStat stat = memory.vmStat();
        return stat.freeFrames() + stat.freeTableFrames();
    }

    /**
     * Tries the access without anything, then with {@code given} blocks of {@code order} and no table, one, two, ...
     *
     * @return with how many tables it succeeded
     */
    private int tablesNeeded(int blockOrder, int given, BooleanSupplier access) {
        order = blockOrder;
        takeAll();
        if (given > 0) {
            for (int missing = given; missing > 0; missing--) {
                attempt(access, false, given - missing, 0);
            }
        }
        for (int count = 0;; count++) {
            if (attempt(access, true, given, count)) {
                return count;
            }
            assertThat(count).as("tables are enough").isLessThan(10);
        }
    }

    /** With so many blocks and tables, of which a failure leaves as many as there were; whether it succeeded. */
    private boolean attempt(BooleanSupplier access, boolean mayWork, int withBlocks, int withTables) {
        for (int i = 0; i < withBlocks; i++) {
            UserPages.put(core, blocks.pop());
        }
        for (int i = 0; i < withTables; i++) {
            core.blocks().freeTable(tables.pop());
        }
        String what = withBlocks + " blocks and " + withTables + " tables";
        long allocated = memory.vmStat().allocatedFrames();
        boolean isDone;
        try {
            isDone = access.getAsBoolean();
        } catch (OutOfFramesException e) {
            isDone = false;
        }
        assertThat(MemoryAudit.check(memory)).as("%s", what).isEmpty();
        assertThat(SpaceAudit.check(memory, List.of(space))).as("%s", what).isEmpty();
        referencesMatch();
        if (!isDone && isExact) {
            assertThat(memory.vmStat().allocatedFrames()).as("user frames after a failure with %s", what)
                    .isEqualTo(allocated);
        }
        if (!isDone) {
            takeAll();
        }
        assertThat(mayWork || !isDone).as("it works without a frame for the page").isTrue();
        return isDone;
    }

    /** Frames that a mapping or an object has; the hoard has no mapping word. */
    private void referencesMatch() {
        for (PageInfo page : userPages(memory)) {
            boolean isReserved = (page.mapping() & MappingWord.HUGETLB) != 0;
            if (page.isHead() && page.mapping() != 0 && page.order() == 0 && !isReserved) {
                int object = (page.mapping() & MappingWord.SHMEM) != 0 ? 1 : 0;
                assertThat(page.refCount()).as("%s", page).isEqualTo(page.mapCount() + object);
            }
        }
    }

    private boolean store(long address, long value) {
        cpu.storeLong(address, value);
        assertThat(cpu.loadLong(address)).isEqualTo(value);
        return true;
    }

    private boolean load(long address) {
        assertThat(cpu.loadLong(address)).isZero();
        return true;
    }

    /** The page is the mapping's already: what is missing are tables, and a failure must not give it away. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void reservedPage(boolean isStore) {
        int flags = PRIVATE | MapFlags.FIXED | MapFlags.HUGETLB;
        assertThat(space.mmap(HUGE, BYTES, RW, flags)).isEqualTo(HUGE);
        assertThat(tablesNeeded(ORDER, 0, () -> isStore ? store(HUGE, 5) : load(HUGE))).isEqualTo(LEAF_TABLES);
        assertThat(Entry.isHuge(space.entryAt(HUGE))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sharedPageOfReservedMemory(boolean isStore) {
        try (HugetlbMemory object = HugetlbMemory.create(memory, BYTES, Geometry.PMD)) {
            assertThat(space.mmap(HUGE, BYTES, RW, MapFlags.SHARED | MapFlags.FIXED, object, 0)).isEqualTo(HUGE);
            assertThat(tablesNeeded(ORDER, 0, () -> isStore ? store(HUGE, 5) : load(HUGE))).isEqualTo(LEAF_TABLES);
        }
    }

    /** The copy is one of a page that the object keeps. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void privateCopyOfReservedMemory(boolean isLoadedBefore) {
        try (HugetlbMemory object = HugetlbMemory.create(memory, BYTES, Geometry.PMD)) {
            long whole = space.mmap(4 * HUGE, BYTES, RW, MapFlags.SHARED | MapFlags.FIXED, object, 0);
            cpu.storeLong(whole, 7);
            assertThat(space.mmap(HUGE, BYTES, RW, MapFlags.PRIVATE | MapFlags.FIXED, object, 0)).isEqualTo(HUGE);
            if (isLoadedBefore) {
                assertThat(cpu.loadLong(HUGE)).isEqualTo(7);
            }
            int needed = tablesNeeded(ORDER, 1, () -> store(HUGE, 5));
            assertThat(needed).isEqualTo(0); // both lie under one table
            assertThat(cpu.loadLong(whole)).isEqualTo(7);
        }
    }

    @Test
    void folioOfAnonymousMemory() {
        space.setFolioOrder(2);
        long start = HUGE + 4 * PAGE;
        assertThat(space.mmap(start, 4 * PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(start);
        assertThat(tablesNeeded(2, 1, () -> store(start + PAGE, 5))).isEqualTo(LEAF_TABLES + 1);
        assertThat(memory.page(space.frameAt(start)).order()).isEqualTo(2);
    }

    /** Without a block of its size a huge page becomes a single one; without a table it becomes none. */
    @Test
    void hugePage() {
        space.setThpPolicy(ThpPolicy.ALWAYS);
        assertThat(space.mmap(HUGE, BYTES, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(HUGE);
        assertThat(tablesNeeded(ORDER, 1, () -> store(HUGE + PAGE, 5))).isPositive();
        assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(5);
        assertThat(cpu.loadLong(HUGE)).isZero();
    }

    /**
     * A folio of two nodes of the index: the pages of a node that cannot be had do not get into the object, and the
     * folio has no references for them. The object keeps what it has made when the space then lacks tables.
     */
    @Test
    void folioOfAnObjectOverTwoNodes() {
        long half = 1L << ORDER;
        isExact = false;
        try (SharedMemory object = SharedMemory.create(memory, 2 * BYTES, ORDER + 1)) {
            assertThat(space.mmap(HUGE, 2 * BYTES, RW, MapFlags.SHARED | MapFlags.FIXED, object, 0)).isEqualTo(HUGE);
            int needed = tablesNeeded(ORDER + 1, 1, () -> store(HUGE + PAGE, 5));
            assertThat(needed).as("two of the index at once, then those of the space").isEqualTo(LEAF_TABLES + 1);
            long head = object.frameOf(0);
            assertThat(memory.page(head).order()).isEqualTo(ORDER + 1);
            assertThat(object.frameOf(half - 1)).isEqualTo(head + half - 1);
            assertThat(object.frameOf(half)).as("has no node").isZero();
            assertThat(memory.page(head).refCount()).as("of the pages in the object, and of the mapping")
                    .isEqualTo((int) half + 1);
            giveBack();
            List.of(blocks, frames, tables).forEach(Deque::clear);
            cpu = space.openCpu();
            assertThat(store(HUGE + BYTES, 6)).isTrue();
            assertThat(object.frameOf(half)).as("another folio").isNotEqualTo(head + half).isPositive();
            assertThat(cpu.loadLong(HUGE + PAGE)).isEqualTo(5);
        }
    }

    /** A page that came alone for want of a folio stays the object's, wherever in the place of a folio it is. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void folioOfAnObjectAroundASinglePage(int single) {
        int pages = 8;
        try (SharedMemory object = SharedMemory.create(memory, (long) pages * PAGE, 3)) {
            assertThat(space.mmap(HUGE, (long) pages * PAGE, RW, MapFlags.SHARED | MapFlags.FIXED, object, 0))
                    .isEqualTo(HUGE);
            assertThat(space.mmap(HUGE + 16L * PAGE, PAGE, RW, PRIVATE | MapFlags.FIXED)).isPositive();
            cpu.storeLong(HUGE + 16L * PAGE, 1); // its tables are there
            takeAll(); // frame by frame
            UserPages.put(core, blocks.pop());
            core.blocks().freeTable(tables.pop()); // for the index
            assertThat(store(HUGE + (long) single * PAGE, single)).isTrue();
            blocks.forEach(pfn -> UserPages.put(core, pfn));
            blocks.clear();
            tables.forEach(core.blocks()::freeTable);
            tables.clear();
            long pfn = object.frameOf(single);
            assertThat(memory.page(pfn).order()).isZero();
            for (int page = 0; page < pages; page++) {
                assertThat(store(HUGE + (long) page * PAGE, page)).isTrue();
                assertThat(object.frameOf(single)).as("after a store to page %d", page).isEqualTo(pfn);
            }
            for (int page = 0; page < pages; page++) {
                assertThat(space.frameAt(HUGE + (long) page * PAGE)).isEqualTo(object.frameOf(page));
                assertThat(cpu.loadLong(HUGE + (long) page * PAGE)).isEqualTo(page);
            }
            assertThat(memory.vmStat().allocatedFrames()).as("no frame twice, none beside").isEqualTo(pages + 1);
        }
    }

    /** A call for four pages gets as many as there are frames, and the next one gets the others. */
    @Test
    void pinOfSeveralPages() {
        assertThat(space.mmap(HUGE, 4L * PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(HUGE);
        assertThat(space.mmap(HUGE + 8L * PAGE, PAGE, RW, PRIVATE | MapFlags.FIXED)).isPositive();
        cpu.storeLong(HUGE + 8L * PAGE, 1); // its tables are there
        try (PageBatch<Hold.Pin> batch = memory.newPageBatch(4)) {
            takeAll();
            for (int given = 0; given <= 4; given++) {
                if (given > 0) {
                    UserPages.put(core, blocks.pop());
                }
                int n = space.pinUserPagesUnlocked(HUGE, 4, GupOptions.WRITE, batch);
                assertThat(n).isEqualTo(given == 0 ? -Errno.ENOMEM : given);
                assertThat(MemoryAudit.check(memory)).isEmpty();
                for (int i = 0; i < n; i++) {
                    assertThat(batch.pfn(i)).isEqualTo(space.frameAt(HUGE + (long) i * PAGE));
                }
                assertThat(memory.vmStat().nrFollPinAcquired() - memory.vmStat().nrFollPinReleased())
                        .isEqualTo(Math.max(0, n));
                assertThat(batch.isHeld()).isEqualTo(n > 0);
                if (n > 0) {
                    memory.unpinUserPages(batch);
                }
            }
        }
    }
}

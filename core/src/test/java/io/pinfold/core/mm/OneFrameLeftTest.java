package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two threads fault at one page, and there are frames for one of them: the other finds the page mapped, and neither is
 * told that memory is out. Each place that takes a frame has its test; {@code -Drounds=N} runs each N times.
 */
class OneFrameLeftTest extends MmTest {
    private static final int ROUNDS = Integer.getInteger("rounds", 300);
    private static final long BYTES = Geometry.levelBytes(Geometry.PMD);
    private static final int PAGES = Geometry.ENTRIES;
    private static final long AREA = 6 * BYTES;
    private static final int SPINS = 1000;

    /** What one of the two threads does. */
    private interface Touch {
        void by(int thread, Cpu cpu) throws Exception;
    }

    private final Deque<Long> hoard = new ArrayDeque<>();
    private final Cpu[] cpus = new Cpu[2];
    private final List<PageBatch<Hold.Pin>> batches = new ArrayList<>();
    private final AtomicInteger arrived = new AtomicInteger();

    @Override
    MemoryOptions options() {
        return MemoryOptions.ofRam(32L << 20);
    }

    @BeforeEach
    void open() {
        for (int i = 0; i < 2; i++) {
            cpus[i] = space.openCpu();
            batches.add(memory.newPageBatch(1));
        }
        // keeps the tables of BASE and of AREA, so that only frames are short
        assertThat(space.mmap(AREA - 2 * BYTES, PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(AREA - 2 * BYTES);
        cpus[0].storeLong(AREA - 2 * BYTES, 1);
        map(-1, 1, RW, PRIVATE);
        cpus[0].storeLong(BASE - PAGE, 1);
    }

    @AfterEach
    void close() {
        hoard.forEach(pfn -> UserPages.put(core, pfn));
        assertThat(MemoryAudit.check(memory)).isEmpty();
        assertThat(SpaceAudit.check(memory, List.of(space))).isEmpty();
        for (int i = 0; i < 2; i++) {
            batches.get(i).close();
            cpus[i].close();
        }
    }

    /** Takes all blocks of {@code order} and then all smaller ones, but gives {@code blocks} of that order back. */
    private void leave(int blocks, int order) {
        for (int at = order; at >= 0; at -= at > 0 ? order : 1) {
            for (long pfn; (pfn = core.blocks().allocate(at, Blocks.MOVABLE_FIRST)) > 0;) {
                if (at == order) {
                    hoard.addFirst(pfn);
                } else {
                    hoard.addLast(pfn);
                }
            }
        }
        for (int i = 0; i < blocks; i++) {
            UserPages.put(core, hoard.removeFirst());
        }
    }

    /** Both threads do it, as close to each other as they get, {@link #ROUNDS} times. */
    private void race(Runnable before, Touch touch, Runnable after) throws Exception {
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < ROUNDS; round++) {
                before.run();
                arrived.set(0);
                Future<?> first = pool.submit(() -> meet(0, touch));
                Future<?> second = pool.submit(() -> meet(1, touch));
                first.get();
                second.get();
                after.run();
            }
        }
    }

    private @Nullable Void meet(int thread, Touch touch) throws Exception {
        int _ = arrived.incrementAndGet();
        for (int spin = 0; arrived.get() < 2; spin++) {
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        touch.by(thread, cpus[thread]);
        return null;
    }

    private void store(int thread, Cpu cpu) {
        cpu.storeLong(BASE + (long) thread * Long.BYTES, thread + 1);
    }

    private void bothStoresAreThere() {
        assertThat(cpus[0].loadLong(BASE)).isOne();
        assertThat(cpus[0].loadLong(BASE + Long.BYTES)).isEqualTo(2);
    }

    private void unmapPage() {
        assertThat(space.munmap(BASE, PAGE)).isZero();
    }

    private void storedAndUnmapped() {
        bothStoresAreThere();
        unmapPage();
    }

    /** Two pages whose table is missing, and one frame for a table: who comes second uses the table of the first. */
    @Test
    void loadsOfTwoPagesOfOneMissingTable() throws Exception {
        long start = AREA + 2 * BYTES;
        Deque<Long> tables = new ArrayDeque<>();
        for (long table; (table = core.blocks().allocateTable(space.id(), 0, 0)) > 0;) {
            tables.add(table);
        }
        race(() -> {
            assertThat(space.mmap(start, BYTES, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(start);
            core.blocks().freeTable(tables.removeFirst());
        }, (thread, cpu) -> assertThat(cpu.loadLong(start + (long) thread * PAGE)).isZero(), () -> {
            assertThat(space.munmap(start, BYTES)).isZero();
            int _ = core.retired().drain();
            tables.add(core.blocks().allocateTable(space.id(), 0, 0));
            assertThat(tables.getLast()).isPositive();
        });
        tables.forEach(core.blocks()::freeTable);
    }

    @Test
    void firstStore() throws Exception {
        leave(1, 0);
        race(() -> map(0, 1, RW, PRIVATE), this::store, this::storedAndUnmapped);
    }

    @Test
    void storeToTheZeroPage() throws Exception {
        leave(1, 0);
        race(() -> {
            map(0, 1, RW, PRIVATE);
            assertThat(cpus[0].loadLong(BASE)).isZero();
        }, this::store, this::storedAndUnmapped);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void storeToAPrivateMappingOfAnObject(boolean isLoadedBefore) throws Exception {
        try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
            long whole = space.mmap(0, PAGE, RW, MapFlags.SHARED, object, 0);
            cpus[0].storeLong(whole, 7);
            leave(1, 0);
            race(() -> {
                assertThat(space.mmap(BASE, PAGE, RW, MapFlags.PRIVATE | MapFlags.FIXED, object, 0)).isEqualTo(BASE);
                if (isLoadedBefore) {
                    assertThat(cpus[0].loadLong(BASE)).isEqualTo(7);
                }
            }, this::store, this::storedAndUnmapped);
            assertThat(space.munmap(whole, PAGE)).isZero();
        }
    }

    @Test
    void firstTouchOfAnObjectPageThroughTwoMappings() throws Exception {
        leave(1, 0);
        race(() -> {
            try (SharedMemory object = SharedMemory.create(memory, PAGE)) {
                for (int i = 0; i < 2; i++) {
                    long place = BASE + (long) i * PAGE;
                    int flags = MapFlags.SHARED | MapFlags.FIXED;
                    assertThat(space.mmap(place, PAGE, RW, flags, object, 0)).isEqualTo(place);
                }
            }
        }, (thread, cpu) -> cpu.storeLong(BASE + (long) thread * (PAGE + Long.BYTES), thread + 1), () -> {
            bothStoresAreThere();
            assertThat(space.munmap(BASE, 2 * PAGE)).isZero();
        });
    }

    @Test
    void pinOnFirstTouch() throws Exception {
        leave(1, 0);
        race(() -> map(0, 1, RW, PRIVATE), (thread, cpu) -> {
            int result = space.pinUserPagesUnlocked(BASE, 1, GupOptions.WRITE, batches.get(thread));
            assertThat(result).isOne();
            memory.unpinUserPages(batches.get(thread));
        }, this::unmapPage);
    }

    @Test
    void unshareForAPin() throws Exception {
        leave(2, 0);
        race(() -> {
            map(0, 1, RW, PRIVATE);
            cpus[0].storeLong(BASE, 1);
            long record = core.recordAddress(space.frameAt(BASE));
            PageRefs.getPage(record); // as another process after a fork
            long _ = PageFlags.clear(record, PageFlags.ANON_EXCLUSIVE);
            assertThat(space.mprotect(BASE, PAGE, Prot.READ)).isZero();
            hoard.addFirst(space.frameAt(BASE));
        }, (thread, cpu) -> {
            assertThat(space.pinUserPagesUnlocked(BASE, 1, GupOptions.READ, batches.get(thread))).isOne();
            memory.unpinUserPages(batches.get(thread));
        }, () -> {
            UserPages.put(core, hoard.removeFirst());
            unmapPage();
        });
    }

    @Test
    void largeFolio() throws Exception {
        space.setFolioOrder(2);
        leave(1, 2);
        long place = AREA - 2 * BYTES + 8 * PAGE;
        race(() -> assertThat(space.mmap(place, 4 * PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(place),
                (thread, cpu) -> cpu.storeLong(place + 2L * thread * PAGE, 1),
                () -> assertThat(space.munmap(place, 4 * PAGE)).isZero());
    }

    private void storeToArea(int thread, Cpu cpu) {
        cpu.storeLong(AREA + (long) thread * (PAGES / 2) * PAGE, thread + 1);
    }

    private void areaIsStoredAndUnmapped() {
        assertThat(cpus[0].loadLong(AREA)).isOne();
        assertThat(cpus[0].loadLong(AREA + PAGES / 2 * PAGE)).isEqualTo(2);
        assertThat(space.munmap(AREA, BYTES)).isZero();
    }

    private void mapArea(int flags) {
        assertThat(space.mmap(AREA, BYTES, RW, flags | MapFlags.FIXED)).isEqualTo(AREA);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void hugePage(boolean isZeroBefore) throws Exception {
        space.setThpPolicy(ThpPolicy.ALWAYS);
        leave(isZeroBefore ? 2 : 1, Geometry.BITS_PER_LEVEL);
        race(() -> {
            mapArea(PRIVATE);
            if (isZeroBefore) {
                assertThat(cpus[0].loadLong(AREA)).isZero();
            }
        }, this::storeToArea, () -> {
            assertThat(Entry.isHuge(space.entryAt(AREA))).isTrue();
            areaIsStoredAndUnmapped();
        });
        space.close();
        boolean _ = memory.shrinkHugeZero();
        space = AddressSpace.create(memory);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void privateMappingOfHugetlbMemory(boolean isLoadedBefore) throws Exception {
        try (HugetlbMemory object = HugetlbMemory.create(memory, BYTES, Geometry.PMD)) {
            long whole = space.mmap(0, BYTES, RW, MapFlags.SHARED, object, 0);
            cpus[0].storeLong(whole, 7);
            leave(1, Geometry.BITS_PER_LEVEL);
            race(() -> {
                assertThat(space.mmap(AREA, BYTES, RW, MapFlags.PRIVATE | MapFlags.FIXED, object, 0)).isEqualTo(AREA);
                if (isLoadedBefore) {
                    assertThat(cpus[0].loadLong(AREA)).isEqualTo(7);
                }
            }, this::storeToArea, this::areaIsStoredAndUnmapped);
            assertThat(space.munmap(whole, BYTES)).isZero();
        }
    }

    @Test
    void hugetlbPageThatWasGivenBack() throws Exception {
        mapArea(PRIVATE | MapFlags.HUGETLB);
        cpus[0].storeLong(AREA, 1);
        leave(0, Geometry.BITS_PER_LEVEL);
        race(() -> assertThat(space.madvise(AREA, BYTES, AddressSpace.MADV_DONTNEED)).isZero(), this::storeToArea,
                () -> {
                    assertThat(cpus[0].loadLong(AREA)).isOne();
                    assertThat(cpus[0].loadLong(AREA + PAGES / 2 * PAGE)).isEqualTo(2);
                });
    }

    /** The last chain of tables, and the last frame: for one of them there is neither. */
    @Test
    void tablesAreMissingToo() throws Exception {
        long place = 1L << 40;
        leave(1, 0);
        Deque<Long> tables = new ArrayDeque<>();
        for (long table; (table = core.blocks().allocateTable(0, 0, 0)) > 0;) {
            tables.push(table);
        }
        for (int level = Geometry.PTE; level < Geometry.ROOT; level++) {
            core.blocks().freeTable(tables.pop());
        }
        race(() -> assertThat(space.mmap(place, PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(place),
                (thread, cpu) -> cpu.storeLong(place, 1), () -> {
                    assertThat(space.munmap(place, PAGE)).isZero();
                    int _ = core.retired().drain();
                });
        tables.forEach(core.blocks()::freeTable);
    }
}

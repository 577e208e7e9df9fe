package io.pinfold.core.pgtable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.words.Words;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PageTablesTest {
    private static final long ADDRESS = 3 * Geometry.levelBytes(Geometry.ROOT - 1) + 2 * Geometry.PAGE_BYTES;

    private PhysicalMemory memory;
    private MemoryCore core;
    private long id;
    private long root;

    @BeforeEach
    void open() {
        memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20));
        core = Bridge.core(memory);
        id = core.nextId();
        root = PageTables.allocateRoot(core, id);
        assertThat(root).isPositive();
    }

    @AfterEach
    void everythingGoesBack() {
        TableFree tables = new TableFree(core);
        PageTables.unlinkEmpty(core, root, 0, Geometry.USER_END, tables);
        tables.addRoot(root);
        tables.finish();
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        assertThat(memory.vmStat().tableFrames()).isZero();
        memory.close();
    }

    @Test
    void buildsOneTablePerMissingLevelAndFindsThemAgain() {
        assertThat(PageTables.find(core, root, ADDRESS, Geometry.PTE)).isZero();
        long pte = PageTables.findOrAllocate(core, id, root, ADDRESS);
        assertThat(memory.vmStat().tableFrames()).isEqualTo(Geometry.LEVELS);
        assertThat(PageTables.find(core, root, ADDRESS, Geometry.PTE)).isEqualTo(pte);
        assertThat(PageTables.findOrAllocate(core, id, root, ADDRESS)).isEqualTo(pte);
        long table = root;
        for (int level = Geometry.ROOT; level > Geometry.PTE; level--) {
            assertThat(PageTables.liveEntries(core, table)).isEqualTo(1);
            long record = core.recordAddress(table);
            assertThat(Words.getIntOpaque(record + PageLayout.TABLE_LIVE) >>> PageLayout.TABLE_LEVEL_SHIFT)
                    .isEqualTo(level);
            assertThat(Words.getLongOpaque(record + PageLayout.TABLE_SPACE)).isEqualTo(id);
            assertThat(Words.getLongOpaque(record + PageLayout.TABLE_BASE))
                    .isEqualTo(Geometry.tableBase(ADDRESS, level));
            table = Entry.pfn(Entries.load(PageTables.entryAddress(core, table, ADDRESS, level)));
        }
        assertThat(table).isEqualTo(pte);
        assertThat(PageTables.liveEntries(core, pte)).isZero();
    }

    @Test
    void aNeighbourSharesWhatItCan() {
        long first = PageTables.findOrAllocate(core, id, root, ADDRESS);
        assertThat(PageTables.findOrAllocate(core, id, root, ADDRESS + Geometry.PAGE_BYTES)).isEqualTo(first);
        long next = ADDRESS + Geometry.levelBytes(Geometry.PMD);
        assertThat(PageTables.findOrAllocate(core, id, root, next)).isNotEqualTo(first);
        assertThat(memory.vmStat().tableFrames()).isEqualTo(Geometry.LEVELS + 1);
        long pmd = PageTables.find(core, root, ADDRESS, Geometry.PMD);
        assertThat(PageTables.liveEntries(core, pmd)).isEqualTo(2);
    }

    @Test
    void liveEntriesFollowInstallAndClear() {
        long table = PageTables.findOrAllocate(core, id, root, ADDRESS);
        long at = PageTables.pteAddress(core, table, ADDRESS);
        PageTables.lock(core, table);
        PageTables.install(core, table, at, Entry.make(9, Entry.PRESENT));
        assertThat(PageTables.liveEntries(core, table)).isEqualTo(1);
        assertThat(PageTables.clear(core, table, at)).isEqualTo(Entry.make(9, Entry.PRESENT));
        assertThat(PageTables.clear(core, table, at)).isZero();
        assertThat(PageTables.liveEntries(core, table)).isZero();
        PageTables.unlock(core, table);
    }

    @Test
    void walkingARangeSkipsWhatNoTableCovers() {
        long far = Geometry.USER_END - Geometry.PAGE_BYTES;
        PageTables.findOrAllocate(core, id, root, ADDRESS);
        PageTables.findOrAllocate(core, id, root, far);
        assertThat(PageTables.nextCovered(core, root, 0, Geometry.USER_END))
                .isEqualTo(Geometry.tableBase(ADDRESS, Geometry.PTE));
        assertThat(PageTables.nextCovered(core, root, ADDRESS, Geometry.USER_END)).isEqualTo(ADDRESS);
        long behind = Geometry.nextEntry(ADDRESS, Geometry.PMD);
        assertThat(PageTables.nextCovered(core, root, behind, Geometry.USER_END))
                .isEqualTo(Geometry.tableBase(far, Geometry.PTE));
        assertThat(PageTables.nextCovered(core, root, behind, far - Geometry.levelBytes(Geometry.ROOT)))
                .isEqualTo(far - Geometry.levelBytes(Geometry.ROOT));
    }

    @Test
    void onlyEmptyTablesAreUnlinked() {
        long kept = PageTables.findOrAllocate(core, id, root, ADDRESS);
        PageTables.findOrAllocate(core, id, root, ADDRESS + Geometry.levelBytes(Geometry.PMD));
        PageTables.install(core, kept, PageTables.pteAddress(core, kept, ADDRESS), Entry.make(9, Entry.PRESENT));
        TableFree tables = new TableFree(core);
        PageTables.unlinkEmpty(core, root, 0, Geometry.USER_END, tables);
        assertThat(tables.size()).isEqualTo(1);
        tables.finish();
        int _ = core.retired().drain();
        assertThat(memory.vmStat().tableFrames()).isEqualTo(Geometry.LEVELS);
        PageTables.clear(core, kept, PageTables.pteAddress(core, kept, ADDRESS));
    }

    @Test
    @Tag("unchecked") // looks at the poison in a freed table
    void aTableIsFreedOnlyWhenTheWalkerHasLeftAndIsPoisonedThen() {
        long table = PageTables.findOrAllocate(core, id, root, ADDRESS);
        var slot = core.slots().open(0);
        slot.enter();
        TableFree tables = new TableFree(core);
        PageTables.unlinkEmpty(core, root, 0, Geometry.USER_END, tables);
        tables.finish();
        try {
            assertThat(Entries.load(PageTables.pteAddress(core, table, ADDRESS))).isZero();
            assertThat(memory.vmStat().tableFrames()).isEqualTo(Geometry.LEVELS);
        } finally {
            slot.exit();
        }
        assertThat(core.retired().step()).isEqualTo(Geometry.LEVELS - 1);
        assertThat(Entries.load(PageTables.pteAddress(core, table, ADDRESS))).isEqualTo(Entry.POISON);
        slot.close();
    }

    /** Fails the k-th table for every k: the tree and the frames are as before. */
    @Test
    void runningOutOfTablesLeavesNothingBehind() {
        List<Long> hoard = new ArrayList<>();
        for (long pfn = allocateTable(); pfn > 0; pfn = allocateTable()) {
            hoard.add(pfn);
        }
        int failures = 0;
        long free = freeFrames();
        while (PageTables.findOrAllocate(core, id, root, ADDRESS) == -Errno.ENOMEM) {
            failures++;
            assertThat(PageTables.liveEntries(core, root)).isZero();
            assertThat(freeFrames()).as("after failure %d", failures).isEqualTo(free);
            core.blocks().freeTable(hoard.removeLast());
            free = freeFrames();
        }
        assertThat(failures).isEqualTo(Geometry.LEVELS - 1);
        hoard.forEach(core.blocks()::freeTable);
    }

    /** Free frames of every kind, those that only tables can have included. */
    private long freeFrames() {
        VmStat stat = memory.vmStat();
        return stat.freeFrames() + stat.freeTableFrames();
    }

    private long allocateTable() {
        return core.blocks().allocateTable(id, 0, 0);
    }

    /**
     * The lock above is held until every thread waits for it, and there are tables for one of them: the others find
     * them built.
     */
    @Test
    @Timeout(60)
    void threadsThatBuildTheSamePathAgreeAndNeedOneSetOfTables() throws Exception {
        int threads = 3;
        List<Future<Long>> answers = new ArrayList<>();
        List<Thread> builders = new CopyOnWriteArrayList<>();
        Deque<Long> hoard = new ArrayDeque<>();
        for (long table; (table = allocateTable()) > 0;) {
            hoard.add(table);
        }
        for (int level = Geometry.PTE; level < Geometry.ROOT; level++) {
            core.blocks().freeTable(hoard.removeFirst());
        }
        long before = memory.vmStat().tableFrames();
        PageTables.lock(core, root);
        try (ExecutorService pool = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task);
            builders.add(thread);
            return thread;
        })) {
            try {
                for (int i = 0; i < threads; i++) {
                    answers.add(pool.submit(() -> PageTables.findOrAllocate(core, id, root, ADDRESS)));
                }
                while (!builders.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING)) {
                    Thread.yield();
                }
                assertThat(memory.vmStat().tableFrames()).as("no thread has one in hand").isEqualTo(before);
            } finally {
                PageTables.unlock(core, root);
            }
            for (Future<Long> answer : answers) {
                assertThat(answer.get()).isEqualTo(PageTables.find(core, root, ADDRESS, Geometry.PTE));
            }
        }
        hoard.forEach(core.blocks()::freeTable);
        assertThat(memory.vmStat().tableFrames()).isEqualTo(countReachable(root, Geometry.ROOT));
    }

    private long countReachable(long table, int level) {
        long count = 1;
        for (long index = 0; level > Geometry.PTE && index < Geometry.ENTRIES; index++) {
            long entry = Entries.load(core.frameAddress(table) + (index << Geometry.ENTRY_SHIFT));
            count += Entry.isTable(entry) ? countReachable(Entry.pfn(entry), level - 1) : 0;
        }
        return count;
    }

    @Test
    void noTableIsBuiltBelowALeafOrANonPresentEntry() {
        long table = PageTables.findOrAllocate(core, id, root, ADDRESS, Geometry.PMD);
        long at = PageTables.entryAddress(core, table, ADDRESS, Geometry.PMD);
        long leaf = Entry.makeLeaf(512, Entry.PRESENT);
        for (long entry : new long[]{leaf, Entry.invalidated(leaf), NonPresent.make(NonPresent.MIGRATION_WRITE, 9)}) {
            PageTables.install(core, table, at, entry);
            assertThat(PageTables.findOrAllocate(core, id, root, ADDRESS)).isEqualTo(PageTables.LEAF_ABOVE);
            assertThat(PageTables.findOrAllocate(core, id, root, ADDRESS, Geometry.PMD)).isEqualTo(table);
            assertThat(PageTables.find(core, root, ADDRESS, Geometry.PTE)).isZero();
            assertThat(PageTables.clear(core, table, at)).isEqualTo(entry);
        }
        assertThat(memory.vmStat().tableFrames()).isEqualTo(Geometry.LEVELS - 1);
    }

    @Test
    void theLowestTableIsFoundAndLocked() {
        for (int level = Geometry.PMD; level >= Geometry.PTE; level--) {
            long table = PageTables.findOrAllocate(core, id, root, ADDRESS, level);
            long spot = PageTables.lockLowest(core, root, ADDRESS);
            assertThat(Spot.table(spot)).isEqualTo(table);
            assertThat(Spot.level(spot)).isEqualTo(level);
            assertThat(Spot.entryAddress(core, spot, ADDRESS))
                    .isEqualTo(PageTables.entryAddress(core, table, ADDRESS, level));
            assertThat(TableLock.isHeld(core.recordAddress(table))).isTrue();
            PageTables.unlock(core, table);
        }
        long far = PageTables.lockLowest(core, root, ADDRESS + Geometry.levelBytes(Geometry.ROOT));
        assertThat(Spot.table(far)).isEqualTo(root);
        assertThat(Spot.level(far)).isEqualTo(Geometry.ROOT);
        PageTables.unlock(core, root);
    }

    @Test
    void walkingARangeStopsAtLeavesToo() {
        long table = PageTables.findOrAllocate(core, id, root, ADDRESS, Geometry.PMD);
        long at = PageTables.entryAddress(core, table, ADDRESS, Geometry.PMD);
        PageTables.install(core, table, at, Entry.makeLeaf(512, Entry.PRESENT));
        long start = Geometry.floor(ADDRESS, Geometry.PMD);
        assertThat(PageTables.nextCovered(core, root, 0, Geometry.USER_END)).isEqualTo(start);
        assertThat(PageTables.nextCovered(core, root, ADDRESS, Geometry.USER_END)).isEqualTo(ADDRESS);
        assertThat(PageTables.nextCovered(core, root, Geometry.nextEntry(ADDRESS, Geometry.PMD), Geometry.USER_END))
                .isEqualTo(Geometry.USER_END);
        TableFree tables = new TableFree(core);
        PageTables.unlinkEmpty(core, root, 0, Geometry.USER_END, tables);
        assertThat(tables.size()).as("a leaf keeps its table").isZero();
        PageTables.clear(core, table, at);
    }

    @Test
    void depositsComeBackEmptyAndForTheAddressThatTakesThem() {
        long table = PageTables.findOrAllocate(core, id, root, ADDRESS, Geometry.PMD);
        long first = Deposits.allocate(core, id, ADDRESS);
        long second = Deposits.allocate(core, id, ADDRESS);
        Deposits.add(core, table, first);
        Deposits.add(core, table, second);
        assertThat(Deposits.count(core, table)).isEqualTo(2);
        long other = ADDRESS + Geometry.levelBytes(Geometry.PMD);
        long taken = Deposits.take(core, table, other);
        assertThat(Words.getLongOpaque(core.recordAddress(taken) + PageLayout.TABLE_BASE))
                .isEqualTo(Geometry.floor(other, Geometry.PMD));
        TableFree tables = new TableFree(core);
        tables.addDeposit(taken);
        tables.addDeposit(Deposits.take(core, table, ADDRESS));
        assertThat(Deposits.count(core, table)).isZero();
        assertThatThrownBy(() -> Deposits.take(core, table, ADDRESS)).isInstanceOf(MemoryModelError.class);
        tables.finish();
        int _ = core.retired().drain();
        assertThat(memory.vmStat().tableFrames()).isEqualTo(Geometry.LEVELS - 1);
    }

    @Test
    void theTableLockExcludes() throws Exception {
        long record = core.recordAddress(root);
        int threads = 4;
        int rounds = 20_000;
        int[] counter = new int[1];
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                done.add(pool.submit(() -> {
                    for (int round = 0; round < rounds; round++) {
                        TableLock.lock(record);
                        counter[0]++;
                        TableLock.unlock(record);
                    }
                }));
            }
            for (Future<?> each : done) {
                each.get();
            }
        }
        assertThat(counter[0]).isEqualTo(threads * rounds);
        assertThat(TableLock.isHeld(record)).isFalse();
        assertThat(TableLock.tryLock(record)).isTrue();
        assertThat(TableLock.tryLock(record)).isFalse();
        TableLock.unlock(record);
    }
}

package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.TableLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every mutator waits for a Cpu access that may have seen the old entry, and holds the page until then. The access is
 * one that stays where it is: an entered slot of the space, which is all a mutator can see of a Cpu.
 */
@Timeout(60)
class FlushTest extends MmTest {
    /** How often the mutator gets a chance to do the wrong thing; a right one waits, however often. */
    private static final int LOOKS = 2000;

    private Cpu cpu;
    private SharedSlot access;
    /** What else holds from the moment the entry is gone until the access is over. */
    private Runnable whileItWaits = () -> {
    };

    @BeforeEach
    void storeSomething() {
        cpu = space.openCpu();
        access = core.slots().open(space.id());
        map(0, 1, RW, PRIVATE);
        cpu.storeLong(BASE, 1);
    }

    @AfterEach
    void close() {
        access.close();
        cpu.close();
    }

    @Test
    void munmap() throws Exception {
        checkWaits(() -> space.munmap(BASE, PAGE));
    }

    @Test
    void madvise() throws Exception {
        checkWaits(() -> space.madvise(BASE, PAGE, AddressSpace.MADV_DONTNEED));
    }

    @Test
    void mmapOverIt() throws Exception {
        checkWaits(() -> map(0, 1, RW, PRIVATE));
    }

    @Test
    void mprotect() throws Exception {
        checkWaits(() -> space.mprotect(BASE, PAGE, Prot.READ));
    }

    /**
     * The page is in one part of the range, and the other part is a mapping without pages: beside it, or under the next
     * table, or with a mapping between them.
     */
    @ParameterizedTest
    @ValueSource(ints = {-2, -1, 1, 2, 3})
    void mprotectOfTwoPartsOfWhichOneIsEmpty(int other) throws Exception {
        int first = Math.min(0, other);
        for (int at = first; at <= Math.max(0, other); at++) {
            if (at != 0) {
                map(at, 1, Prot.READ, at == other ? SHARED : PRIVATE);
            }
        }
        checkWaits(() -> space.mprotect(BASE + (long) first * PAGE, (1 + Math.abs(other)) * (long) PAGE, Prot.NONE));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 2})
    void munmapOfTwoPartsOfWhichOneIsEmpty(int other) throws Exception {
        map(other, 1, Prot.READ, SHARED);
        checkWaits(() -> space.munmap(BASE + (long) Math.min(0, other) * PAGE, (1 + Math.abs(other)) * (long) PAGE));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 2})
    void madviseOfTwoPartsOfWhichOneIsEmpty(int other) throws Exception {
        map(other, 1, Prot.READ, SHARED);
        checkWaits(() -> space.madvise(BASE + (long) Math.min(0, other) * PAGE, (1 + Math.abs(other)) * (long) PAGE,
                AddressSpace.MADV_DONTNEED));
    }

    @Test
    void mprotectOfSharedMemory() throws Exception {
        map(0, 1, RW, SHARED);
        cpu.storeLong(BASE, 1);
        checkWaits(() -> space.mprotect(BASE, PAGE, Prot.NONE));
    }

    @Test
    void munmapOfSharedMemory() throws Exception {
        map(0, 1, RW, SHARED);
        cpu.storeLong(BASE, 1);
        checkWaits(() -> space.munmap(BASE, PAGE));
    }

    /**
     * A store that goes on can still make a page of an object dirty, so the table stays locked until it is over: a
     * fault would find the page clean. The range ends with a page for which that does not matter.
     */
    @Test
    void munmapOfSharedMemoryKeepsTheTableLocked() throws Exception {
        map(-1, 1, RW, SHARED);
        cpu.storeLong(BASE - PAGE, 1);
        long table = core.recordAddress(tableOf(BASE - PAGE));
        assertThat(tableOf(BASE)).as("both pages are under one table").isEqualTo(tableOf(BASE - PAGE));
        whileItWaits = () -> assertThat(TableLock.isHeld(table)).as("the table is locked").isTrue();
        checkWaits(() -> space.munmap(BASE - PAGE, 2 * PAGE));
    }

    @Test
    void copyOnWrite() throws Exception {
        long record = core.recordAddress(space.frameAt(BASE));
        long _ = PageFlags.clear(record, PageFlags.ANON_EXCLUSIVE);
        assertThat(space.mprotect(BASE, PAGE, Prot.READ)).isZero();
        assertThat(space.mprotect(BASE, PAGE, RW)).isZero();
        PageRefs.getPage(record); // another process, as after a fork
        long frame = space.frameAt(BASE);
        checkWaits(() -> cpu.storeLong(BASE, 2));
        UserPages.put(core, frame);
    }

    @Test
    void closeOfTheSpace() throws Exception {
        checkWaits(space::close);
    }

    /** Sessions hold counted references and are not waited for; neither are processors of other spaces. */
    @Test
    void othersAreNotWaitedFor() {
        AddressSpace other = AddressSpace.create(memory);
        SharedSlot session = core.slots().open(0);
        SharedSlot stranger = core.slots().open(other.id());
        session.enter();
        stranger.enter();
        long frame = space.frameAt(BASE);
        int generation = memory.page(frame).generation();
        assertThat(space.munmap(BASE, PAGE)).isZero();
        assertThat(memory.page(frame).generation()).as("freed").isNotEqualTo(generation);
        session.exit();
        stranger.exit();
        session.close();
        stranger.close();
        other.close();
    }

    /** A poisoned page permits no access, so nothing is waited for when its entry goes. */
    @Test
    void anEntryThatPermitsNothingGoesWithoutAFlush() {
        assertThat(space.madvise(BASE, PAGE, AddressSpace.MADV_HWPOISON)).isZero();
        long before = core.slots().advances();
        assertThat(space.madvise(BASE, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
        assertThat(core.slots().advances()).isEqualTo(before);
        assertThat(space.entryAt(BASE)).isZero();
    }

    private void checkWaits(Runnable mutator) throws Exception {
        long frame = space.frameAt(BASE);
        long pte = pteAddress();
        long entry = Entries.load(pte);
        PageInfo before = memory.page(frame);
        access.enter();
        Thread thread = new Thread(mutator);
        thread.setDaemon(true);
        thread.start();
        boolean isWaiting;
        try {
            while (Entries.load(pte) == entry && thread.isAlive()) {
                Thread.yield();
            }
            for (int look = 0; look < LOOKS && thread.isAlive(); look++) {
                PageInfo now = memory.page(frame);
                assertThat(now.generation()).as("%s", now).isEqualTo(before.generation());
                assertThat(now.refCount()).as("%s", now).isGreaterThanOrEqualTo(before.refCount());
                whileItWaits.run();
                Thread.yield();
            }
            isWaiting = thread.isAlive();
        } finally {
            access.exit();
            thread.join();
        }
        assertThat(isWaiting).as("the mutator waits for the access").isTrue();
    }

    private long pteAddress() {
        return PageTables.pteAddress(core, tableOf(BASE), BASE);
    }

    private long tableOf(long address) {
        try (MmapGuard guard = space.readLock()) {
            return PageTables.find(core, guard.space().mm().root(), address, Geometry.PTE);
        }
    }
}

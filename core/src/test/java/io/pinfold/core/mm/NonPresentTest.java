package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.NonPresent;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Entries that map nothing and are not none, at PTE and PMD level, against everybody who reads entries under mmap_lock.
 */
class NonPresentTest extends HugeTest {
    private static final int FIRST = NonPresent.SWAP;
    private static final int LAST = NonPresent.UFFD_MARKER;

    private Opponent opponent;
    private PageBatch<Hold.Get> batch;

    @BeforeEach
    void open() {
        opponent = new Opponent(space);
        batch = memory.newPageBatch(64);
    }

    @AfterEach
    void close() {
        opponent.release();
        batch.close();
    }

    /** Three single pages, each holding its number. */
    private void mapPages() {
        map(0, 3, RW, PRIVATE);
        for (int page = 0; page < 3; page++) {
            cpu.storeLong(BASE + page * PAGE, page);
        }
    }

    private int get(long address, int pages, int flags) {
        return Gup.getUserPagesUnlocked(space, address, pages, flags, batch);
    }

    private int refs(long pfn) {
        return PageRefs.refCount(core.recordAddress(pfn));
    }

    @ParameterizedTest
    @ValueSource(ints = {NonPresent.SWAP, NonPresent.DEVICE_PRIVATE, NonPresent.DEVICE_PRIVATE_WRITE,
            NonPresent.DEVICE_EXCLUSIVE, NonPresent.HWPOISON})
    void whatNobodyBringsBackFaults(int kind) {
        mapPages();
        long pfn = opponent.hide(BASE + PAGE, kind);
        assertThat(space.frameAt(BASE + PAGE)).isZero();
        assertThat(NonPresent.kind(space.entryAt(BASE + PAGE))).isEqualTo(kind);
        assertThatThrownBy(() -> cpu.loadLong(BASE + PAGE)).isInstanceOf(SegmentationFault.class);
        assertThatThrownBy(() -> cpu.storeLong(BASE + PAGE, 1)).isInstanceOf(SegmentationFault.class);
        assertThat(cpu.loadLong(BASE + 2 * PAGE)).isEqualTo(2);
        boolean isPoison = kind == NonPresent.HWPOISON;
        assertThat(get(BASE + PAGE, 1, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(get(BASE + PAGE, 1, FollFlags.FOLL_HWPOISON)).isEqualTo(isPoison ? -Errno.EHWPOISON : -Errno.EFAULT);
        assertThat(get(BASE + PAGE, 1, FollFlags.FOLL_NOFAULT)).isEqualTo(-Errno.EFAULT);
        assertThat(get(BASE, 3, FollFlags.FOLL_WRITE | FollFlags.FOLL_HWPOISON)).as("what comes before").isOne();
        assertThat(batch.stopReason()).isEqualTo(isPoison ? Errno.EHWPOISON : Errno.EFAULT);
        assertThat(batch.stopAddress()).isEqualTo(BASE + PAGE);
        memory.putPages(batch);
        assertThat(refs(pfn)).as("no reference was taken through it").isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = {NonPresent.MIGRATION_READ, NonPresent.MIGRATION_READ_EXCLUSIVE, NonPresent.MIGRATION_WRITE})
    void aMigrationOfAFolioThatNobodyHoldsEndsTheCall(int kind) {
        mapPages();
        long pfn = opponent.hide(BASE + PAGE, kind);
        assertThat(get(BASE + PAGE, 1, 0)).isEqualTo(-Errno.EFAULT);
        assertThatThrownBy(() -> cpu.loadLong(BASE + PAGE)).isInstanceOf(SegmentationFault.class);
        assertThat(get(BASE, 3, 0)).isOne();
        memory.putPages(batch);
        assertThat(refs(pfn)).isOne();
        opponent.restore(BASE + PAGE);
        assertThat(get(BASE, 3, 0)).isEqualTo(3);
        memory.putPages(batch);
        assertThat(cpu.loadLong(BASE + PAGE)).isOne();
    }

    @Test
    void whoMeetsAMigrationWaitsForTheFolioLock() throws Exception {
        mapPages();
        long record = core.recordAddress(space.frameAt(BASE + PAGE));
        assertThat(PageFlags.tryLock(record)).isTrue();
        opponent.hide(BASE + PAGE, NonPresent.MIGRATION_WRITE);
        CountDownLatch begun = new CountDownLatch(2);
        FutureTask<Integer> getter = new FutureTask<>(() -> {
            begun.countDown();
            return get(BASE + PAGE, 1, 0);
        });
        Cpu other = space.openCpu(); // here: who opens one wants mmap_lock for himself, and waits for those who wait
        FutureTask<Long> loader = new FutureTask<>(() -> {
            begun.countDown();
            return other.loadLong(BASE + PAGE);
        });
        Thread.ofPlatform().start(getter);
        Thread.ofPlatform().start(loader);
        begun.await();
        opponent.restore(BASE + PAGE); // the page's own frame: where it moved does not matter here
        PageFlags.unlock(record);
        assertThat(loader.get()).isOne();
        assertThat(getter.get()).isOne();
        memory.putPages(batch);
        other.close();
    }

    @Test
    void aMarkThatNobodyWatchesForIsNothing() {
        mapPages();
        opponent.hide(BASE + PAGE, NonPresent.UFFD_MARKER);
        assertThat(get(BASE + PAGE, 1, FollFlags.FOLL_NOFAULT)).isEqualTo(-Errno.EFAULT);
        assertThat(NonPresent.kind(space.entryAt(BASE + PAGE))).isEqualTo(NonPresent.UFFD_MARKER);
        assertThat(cpu.loadLong(BASE + PAGE)).as("the fault clears it and finds nothing mapped").isZero();
        assertThat(space.frameAt(BASE + PAGE)).isEqualTo(memory.zeroPfn());
    }

    @Test
    void unmappingDropsTheEntryAndNothingElse() {
        for (int kind = FIRST; kind <= LAST; kind++) {
            mapPages();
            long pfn = opponent.hide(BASE + PAGE, kind);
            if (kind % 2 == 0) {
                assertThat(space.munmap(BASE, 3 * PAGE)).isZero();
            } else {
                assertThat(space.madvise(BASE, 3 * PAGE, AddressSpace.MADV_DONTNEED)).isZero();
                assertThat(space.entryAt(BASE + PAGE)).isEqualTo(Entry.NONE);
                cpu.storeLong(BASE + PAGE, 7);
                assertThat(cpu.loadLong(BASE + PAGE)).isEqualTo(7);
            }
            assertThat(refs(pfn)).as("kind %d", kind).isOne();
            assertThat(memory.page(pfn).mapCount()).isZero();
            opponent.release();
        }
    }

    @Test
    void aPlaceInSwapIsNoFrame() {
        map(0, 1, RW, SHARED);
        for (int kind = FIRST; kind <= LAST; kind++) {
            cpu.storeLong(BASE, 1);
            long old = opponent.put(BASE, NonPresent.make(kind, 1L << 39));
            boolean isMark = kind == NonPresent.UFFD_MARKER;
            assertThat(get(BASE, 1, 0)).as("kind %d", kind).isEqualTo(isMark ? 1 : -Errno.EFAULT);
            if (isMark) {
                memory.putPages(batch);
            }
            assertThat(space.mprotect(BASE, PAGE, Prot.READ)).isZero();
            assertThat(space.mprotect(BASE, PAGE, RW)).isZero();
            assertThat(space.madvise(BASE, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
            UserPages.dropMapping(core, Entry.pfn(old), new FreeBatch(core));
        }
    }

    @Test
    void protectionLeavesThemButTakesTheWriteAway() {
        map(0, 2, RW, PRIVATE);
        map(2, 1, RW, SHARED);
        for (int kind = FIRST; kind <= LAST; kind++) {
            for (int page = 0; page < 3; page++) {
                cpu.storeLong(BASE + page * PAGE, page);
            }
            opponent.hide(BASE + PAGE, kind);
            opponent.hide(BASE + 2 * PAGE, kind);
            assertThat(space.mprotect(BASE, 3 * PAGE, Prot.READ)).isZero();
            boolean isMigration = kind == NonPresent.MIGRATION_WRITE;
            int other = kind == NonPresent.DEVICE_PRIVATE_WRITE ? NonPresent.DEVICE_PRIVATE : kind;
            assertThat(NonPresent.kind(space.entryAt(BASE + PAGE)))
                    .isEqualTo(isMigration ? NonPresent.MIGRATION_READ_EXCLUSIVE : other);
            assertThat(NonPresent.kind(space.entryAt(BASE + 2 * PAGE)))
                    .isEqualTo(isMigration ? NonPresent.MIGRATION_READ : other);
            assertThat(Entry.pfn(space.entryAt(BASE + PAGE))).isNotZero();
            assertThat(space.mprotect(BASE, 3 * PAGE, Prot.NONE)).isZero();
            assertThat(space.mprotect(BASE, 3 * PAGE, RW)).isZero();
            assertThat(space.madvise(BASE, 3 * PAGE, AddressSpace.MADV_DONTNEED)).isZero();
            opponent.release();
        }
    }

    @Test
    void inPlaceOfALeafTheyAreNeitherLeafNorTable() {
        for (int kind = FIRST; kind <= LAST; kind++) {
            map(1);
            cpu.storeLong(HUGE + 3 * PAGE, 7);
            long head = opponent.hide(HUGE, kind);
            assertThat(space.frameAt(HUGE + 3 * PAGE)).isZero();
            assertThat(get(HUGE + 3 * PAGE, 1, 0)).as("kind %d", kind).isEqualTo(-Errno.EFAULT);
            assertThatThrownBy(() -> cpu.loadLong(HUGE + 3 * PAGE)).isInstanceOf(SegmentationFault.class);
            assertThat(space.mprotect(HUGE, BYTES, Prot.READ)).isZero();
            assertThat(NonPresent.kind(space.entryAt(HUGE))).isNotZero();
            assertThat(space.munmap(HUGE, BYTES)).isZero();
            assertThat(refs(head)).isOne();
            opponent.release();
        }
    }

    @Test
    void aLeafInMigrationIsSplitIntoMigrations() {
        map(1);
        cpu.storeLong(HUGE + 3 * PAGE, 7);
        long head = opponent.hide(HUGE, NonPresent.MIGRATION_WRITE);
        assertThat(space.mprotect(HUGE, PAGE, Prot.READ)).isZero();
        assertThat(space.munmap(HUGE + PAGE, PAGE)).isZero();
        assertThat(space.entryAt(HUGE + PAGE)).isEqualTo(Entry.NONE);
        assertThat(space.entryAt(HUGE)).isEqualTo(NonPresent.make(NonPresent.MIGRATION_READ_EXCLUSIVE, head));
        assertThat(space.entryAt(HUGE + 3 * PAGE)).isEqualTo(NonPresent.make(NonPresent.MIGRATION_WRITE, head + 3));
        assertThat(get(HUGE + 3 * PAGE, 1, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(refs(head)).as("migrations hold no references").isOne();
    }

    @Test
    void anInvalidatedLeafPermitsNothingAndIsNotWalkedInto() {
        map(1);
        cpu.storeLong(HUGE, 7);
        long leaf = space.entryAt(HUGE);
        opponent.put(HUGE, Entry.invalidated(leaf));
        assertThat(get(HUGE, 1, 0)).isEqualTo(-Errno.EFAULT);
        assertThat(get(HUGE, 1, FollFlags.FOLL_NOFAULT)).isEqualTo(-Errno.EFAULT);
        assertThat(space.frameAt(HUGE)).isZero();
        opponent.put(HUGE, leaf);
        assertThat(cpu.loadLong(HUGE)).isEqualTo(7);
        opponent.put(HUGE, Entry.invalidated(leaf));
        assertThat(space.munmap(HUGE, BYTES)).as("it holds what the leaf held").isZero();
    }
}

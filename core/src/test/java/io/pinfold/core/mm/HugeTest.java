package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.unmap.LeafSplit;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A memory with an address space that maps huge leaves wherever they fit, a processor, and a hoard of blocks. */
abstract class HugeTest extends MmTest {
    static final long BYTES = Geometry.levelBytes(Geometry.PMD);
    static final int PAGES = Geometry.ENTRIES;
    static final long HUGE = 3 * BYTES;

    private final Deque<Long> hoard = new ArrayDeque<>();
    Cpu cpu;

    @Override
    MemoryOptions options() {
        return MemoryOptions.ofRam(32L << 20).withMovableBytes(12L << 20);
    }

    @BeforeEach
    void openCpu() {
        cpu = space.openCpu();
        space.setThpPolicy(ThpPolicy.ALWAYS);
    }

    @AfterEach
    void closeCpu() {
        releaseBlocks();
        assertBooksAreRight();
        assertReferencesMatchMappings(memory);
        cpu.close();
        space.close();
        boolean _ = memory.shrinkHugeZero();
    }

    void assertBooksAreRight() {
        assertThat(SpaceAudit.check(memory, List.of(space))).isEmpty();
    }

    /** Maps {@code areas} areas of a PMD leaf from {@link #HUGE} on. */
    void map(int areas) {
        assertThat(space.mmap(HUGE, areas * BYTES, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(HUGE);
    }

    /** One area, stored to; the first frame of its folio. */
    long mapAndStore() {
        map(1);
        for (int page : new int[]{0, 1, PAGES / 2, PAGES - 1}) {
            cpu.storeLong(HUGE + (long) page * PAGE, page + 1);
        }
        assertThat(isLeaf(HUGE)).isTrue();
        return space.frameAt(HUGE);
    }

    boolean isLeaf(long address) {
        return Entry.isHuge(space.entryAt(address));
    }

    PageInfo head() {
        return memory.page(memory.page(space.frameAt(HUGE)).head());
    }

    /** A fault as get_user_pages raises it. */
    int fault(long address, int kind) {
        try (MmapGuard guard = space.readLock()) {
            Vma vma = Objects.requireNonNull(guard.space().mm().vmas().find(address));
            return Faults.handle(vma, address, kind, Blocks.MOVABLE_FIRST);
        }
    }

    void splitAt(long address) {
        try (MmapGuard guard = space.readLock()) {
            LeafSplit.at(guard.space().mm(), address);
        }
    }

    /**
     * As after a fork: the folio at {@link #HUGE} is not exclusive any more, and its leaf is read-only in a writable
     * mapping.
     */
    void share() {
        long _ = PageFlags.clear(core.recordAddress(space.frameAt(HUGE)), PageFlags.ANON_EXCLUSIVE);
        assertThat(space.mprotect(HUGE, BYTES, Prot.READ)).isZero();
        assertThat(space.mprotect(HUGE, BYTES, RW)).isZero();
        assertThat(Entry.isWritable(space.entryAt(HUGE))).isFalse();
    }

    /** Puts {@code entry} in the place of the entry that maps {@link #HUGE}, which it answers. */
    long replaceEntry(long entry) {
        try (MmapGuard guard = space.readLock()) {
            long spot = PageTables.lockLowest(core, guard.space().mm().root(), HUGE);
            long old = Entries.exchange(Spot.entryAddress(core, spot, HUGE), entry);
            if ((old & ~entry & Entry.PRESENT) != 0) {
                TlbFlush.flush(space.mm());
            }
            PageTables.unlock(core, Spot.table(spot));
            return old;
        }
    }

    /** Takes every block that is large enough for a leaf. */
    void hoardBlocks() {
        for (long pfn = block(); pfn > 0; pfn = block()) {
            hoard.push(pfn);
        }
    }

    private long block() {
        return core.blocks().allocate(Geometry.BITS_PER_LEVEL, Blocks.MOVABLE_FIRST);
    }

    void releaseBlocks() {
        hoard.forEach(pfn -> UserPages.put(core, pfn));
        hoard.clear();
    }
}

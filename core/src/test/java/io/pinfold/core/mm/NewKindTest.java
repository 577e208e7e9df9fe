package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaObject;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.PageTables;
import org.junit.jupiter.api.Test;

/** A kind of object that no room knows: it is mapped, faulted, pinned and unmapped all the same. */
class NewKindTest {
    private static final int PAGE = 4096;
    private static final int PAGES = 4;

    /** One frame, which every page of the object is: a ring buffer that continues at its beginning. */
    private static final class Mirror extends VmaObject implements VmaOperations {
        private final long pfn;

        Mirror(MemoryCore memory) {
            super(memory, memory.nextId(), "mirror");
            this.pfn = UserPages.allocateShared(memory, id(), 0, 0, Blocks.MOVABLE_FIRST);
        }

        @Override
        public VmaOperations operations() {
            return this;
        }

        @Override
        public boolean mayBePrivate() {
            return false;
        }

        @Override
        public boolean isAnonymous() {
            return false;
        }

        @Override
        public int fault(Vma vma, long address, int kind, int scope) {
            MemoryCore memory = memory();
            long table = PageTables.findOrAllocate(memory, vma.mm().id(), vma.mm().root(), address);
            if (table < 0) {
                return Faults.ofMissingTable(table);
            }
            PageTables.lock(memory, table);
            PageRefs.getPage(memory.recordAddress(pfn));
            PageRefs.addMapping(memory.recordAddress(pfn));
            boolean isInstalled = Faults.installIfNone(memory, table, address, Entry.make(pfn, vma.entryBits()));
            PageTables.unlock(memory, table);
            assertThat(isInstalled).isTrue();
            return DONE;
        }

        @Override
        protected void release() {
            UserPages.put(memory(), pfn);
        }
    }

    @Test
    void isMappedAndPinnedWithoutARoomThatKnowsIt() {
        try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20))) {
            try (AddressSpace space = AddressSpace.create(memory);
                    Cpu cpu = space.openCpu();
                    PageBatch<Hold.Pin> batch = memory.newPageBatch(PAGES);
                    Mirror mirror = new Mirror(Bridge.core(memory))) {
                long at = map(space, mirror);
                cpu.storeLong(at, 42);
                assertThat(cpu.loadLong(at + (PAGES - 1) * PAGE)).isEqualTo(42);
                assertThat(space.pinUserPagesUnlocked(at, PAGES, GupOptions.READ, batch)).isEqualTo(PAGES);
                assertThat(mirror.mappings()).isEqualTo(1);
                assertThat(space.munmap(at, PAGES * PAGE)).isZero();
                assertThat(mirror.mappings()).isZero();
                assertThat(memory.unpinUserPages(batch)).isEqualTo(PAGES);
            }
            assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        }
    }

    private static long map(AddressSpace space, Mirror mirror) {
        long stamp = space.mm().lockExclusive();
        try {
            return Mappings.map(space.mm(), 0, PAGES * PAGE, Prot.READ_WRITE, MapFlags.SHARED, mirror, 0);
        } finally {
            space.mm().unlock(stamp);
        }
    }
}

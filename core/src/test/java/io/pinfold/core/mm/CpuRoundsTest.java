package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
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
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often an access faults: once a round, until the page is there, or the fault answers that it never will be. */
class CpuRoundsTest {
    private static final int PAGE = 4096;
    /** More than any test waits for. */
    private static final int NEVER = Integer.MAX_VALUE;
    /** As {@code Cpu} has it. */
    private static final int ROUNDS_MAX = 1 << 20;

    /** An object whose first faults say that they are done and are not, and whose next one has an answer. */
    private static final class Late extends VmaObject implements VmaOperations {
        private final int idle;
        private final int answer;
        private int faults;

        Late(MemoryCore memory, int idle, int answer) {
            super(memory, memory.nextId(), "late");
            this.idle = idle;
            this.answer = answer;
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
            if (faults++ < idle) {
                return DONE;
            }
            if (answer != DONE) {
                return answer;
            }
            MemoryCore memory = memory();
            long table = PageTables.findOrAllocate(memory, vma.mm().id(), vma.mm().root(), address);
            assertThat(table).isPositive();
            long pfn = UserPages.allocateShared(memory, id(), 0, 0, Blocks.MOVABLE_FIRST);
            PageTables.lock(memory, table);
            PageRefs.addMapping(memory.recordAddress(pfn));
            boolean isInstalled = Faults.installIfNone(memory, table, address, Entry.make(pfn, vma.entryBits()));
            PageTables.unlock(memory, table);
            assertThat(isInstalled).isTrue();
            return DONE;
        }

        @Override
        protected void release() {
            // the entry has the only reference on the page
        }
    }

    /** What happens to an access of a page that faults as described. */
    private interface Access {
        void run(AddressSpace space, Cpu cpu, long address, Late object);
    }

    /** Not closed after a failure: a lock that is held then would keep the test waiting. */
    @SuppressWarnings({"resource", "MustBeClosedChecker"})
    private static void with(int idle, int answer, Access access) throws InterruptedException {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20));
        AddressSpace space = AddressSpace.create(memory);
        Cpu cpu = space.openCpu();
        Late object = new Late(Bridge.core(memory), idle, answer);
        long stamp = space.mm().lockExclusive();
        long address = Mappings.map(space.mm(), 0, PAGE, Prot.READ_WRITE, MapFlags.SHARED, object, 0);
        space.mm().unlock(stamp);
        access.run(space, cpu, address, object);
        Thread closer = new Thread(() -> {
            cpu.close();
            space.close();
        });
        closer.setDaemon(true);
        closer.start();
        assertThat(closer.join(Duration.ofSeconds(10))).as("no access has left mmap_lock held").isTrue();
        object.close();
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    /** Before and after the 64 rounds that leave mmap_lock in between. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 62, 63, 64, 65, 100})
    void anAccessGoesOnUntilThePageIsThere(int idle) throws InterruptedException {
        with(idle, VmaOperations.DONE, (space, cpu, address, object) -> {
            cpu.storeLong(address, 42);
            assertThat(object.faults).isEqualTo(idle + 1);
            assertThat(cpu.loadLong(address)).isEqualTo(42);
            assertThat(object.faults).as("it is there").isEqualTo(idle + 1);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 64, 100})
    void anErrorEndsTheAccessAtOnce(int idle) throws InterruptedException {
        with(idle, -Errno.EFAULT, (space, cpu, address, object) -> {
            assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOfSatisfying(SegmentationFault.class, fault -> {
                assertThat(fault.address()).isEqualTo(address);
                assertThat(fault.isWrite()).isFalse();
            });
            assertThat(object.faults).isEqualTo(idle + 1);
        });
        with(idle, -Errno.ENOMEM, (space, cpu, address, object) -> {
            assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(OutOfFramesException.class);
            assertThat(object.faults).isEqualTo(idle + 1);
        });
    }

    @Test
    void whatNeverComesIsAnErrorOfTheModel() throws InterruptedException {
        with(NEVER, VmaOperations.DONE, (space, cpu, address, object) -> {
            assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(MemoryModelError.class)
                    .hasMessage("no progress in " + ROUNDS_MAX + " faults at address 0x" + Long.toHexString(address)
                            + " of address space " + space.id());
            assertThat(object.faults).isEqualTo(ROUNDS_MAX);
        });
    }
}

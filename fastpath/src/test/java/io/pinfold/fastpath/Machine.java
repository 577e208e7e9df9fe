package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.gup.WalkStat.RollBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SpaceAudit;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Words;
import java.util.List;

/**
 * A memory with one address space, a CPU and a session, whose closing checks that nothing leaked and the books balance.
 */
final class Machine implements AutoCloseable {

    static final int PAGE = 4096;
    static final long RAM = 64L << 20;

    final PhysicalMemory memory;
    final AddressSpace space;
    final Cpu cpu;
    final GupSession session;

    private Machine(MemoryOptions options) {
        memory = PhysicalMemory.open(options);
        space = AddressSpace.create(memory);
        cpu = space.openCpu();
        session = GupSession.open(memory);
    }

    static Machine open() {
        return new Machine(MemoryOptions.ofRam(RAM));
    }

    static Machine open(MemoryOptions options) {
        return new Machine(options);
    }

    /** Private anonymous memory, nothing present yet. */
    long map(int pages, int prot) {
        return mapped(space.mmap(0, (long) pages * PAGE, prot, MapFlags.PRIVATE | MapFlags.ANONYMOUS));
    }

    /** Shared anonymous memory, nothing present yet. */
    long mapShared(int pages) {
        return mapped(space.mmap(0, (long) pages * PAGE, Prot.READ_WRITE, MapFlags.SHARED | MapFlags.ANONYMOUS));
    }

    /** Private anonymous memory, every page present and writable. */
    long mapPresent(int pages) {
        long address = map(pages, Prot.READ_WRITE);
        for (int i = 0; i < pages; i++) {
            cpu.storeLong(address + (long) i * PAGE, stamp(address, i));
        }
        return address;
    }

    static long stamp(long address, int i) {
        return address + (long) i * PAGE + 1;
    }

    private static long mapped(long address) {
        assertThat(address).as("mmap").isPositive();
        return address;
    }

    <H extends Hold> PageBatch<H> batch(int capacity) {
        return memory.newPageBatch(capacity);
    }

    int refs(long pfn) {
        return PageRefs.refCount(Bridge.core(memory).recordAddress(pfn));
    }

    /** Makes the count {@code count} by the steps that exist: freeze to 0, unfreeze from 0, else add or subtract. */
    void setRefs(long pfn, int count) {
        long record = Bridge.core(memory).recordAddress(pfn);
        int now = PageRefs.refCount(record);
        if (now == 0) {
            PageRefs.unfreeze(record, count);
        } else if (count == 0) {
            assertThat(PageRefs.freeze(record, now)).isTrue();
        } else {
            PageRefs.add(record, count - now);
        }
    }

    /** Where the entry of {@code address} lies in its table at {@code level}. */
    long entryAddress(long address, int level) {
        long root = Words.getLongVolatile(Bridge.control(space) + MmControl.ROOT);
        long table = PageTables.find(Bridge.core(memory), root, address, level);
        assertThat(table).as("table of 0x%x at level %d", address, level).isPositive();
        return PageTables.entryAddress(Bridge.core(memory), table, address, level);
    }

    boolean hasPinned() {
        return (Words.getLongVolatile(Bridge.control(space) + MmControl.MM_FLAGS) & MmControl.HAS_PINNED) != 0;
    }

    long fallBacks(FallBack why) {
        return memory.vmStat().fallBacks().getOrDefault(why, 0L);
    }

    long rollBacks(RollBack step) {
        return memory.vmStat().rollBacks().getOrDefault(step, 0L);
    }

    /** Pins counted as taken less those counted as given back. */
    long pinsOutstanding() {
        VmStat stat = memory.vmStat();
        return stat.nrFollPinAcquired() - stat.nrFollPinReleased();
    }

    @Override
    public void close() {
        session.close();
        cpu.close();
        if (!Bridge.mm(space).isClosed()) {
            assertThat(SpaceAudit.check(memory, List.of(space))).as("entries and mappings")
                    .filteredOn(finding -> finding.kind() == MemoryAudit.Kind.BAD_TABLE).isEmpty();
        }
        space.close();
        assertThat(pinsOutstanding()).as("I3: acquired less released").isZero();
        assertThat(MemoryAudit.checkIdle(memory)).as("audit").isEmpty();
        memory.close();
    }
}

package io.pinfold.core.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.device.DeviceMapping;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.mm.space.TlbFlush;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules of {@link FlushLedger}: each is broken, and kept where it might look broken. */
class CheckedFlushTest {
    private static final long BASE = Geometry.levelBytes(Geometry.PMD);

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20));
    private final MemoryCore core = Bridge.core(memory);
    private final AddressSpace space = AddressSpace.create(memory);
    private final AddressSpace other = AddressSpace.create(memory);
    private final Mm mm = Bridge.mm(space);
    private final Cpu cpu = space.openCpu();
    private final List<SharedSlot> walks = new ArrayList<>();
    private long at;
    private long entry;

    @BeforeAll
    static void expectErrors() {
        CheckedError.announce(false);
    }

    @AfterAll
    static void expectNone() {
        CheckedError.announce(true);
    }

    @BeforeEach
    void mapOnePage() {
        assertThat(space.mmap(BASE, Geometry.PAGE_BYTES, Prot.READ_WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED)).isEqualTo(BASE);
        cpu.storeLong(BASE, 1);
        at = Spot.entryAddress(core, PageTables.lowest(core, mm.root(), BASE), BASE);
        entry = Entries.load(at);
    }

    @AfterEach
    void closeAll() {
        for (SharedSlot walk : walks) {
            walk.exit();
            walk.close();
        }
        CheckedError.takeAll();
        long _ = Entries.exchange(at, entry);
        cpu.close();
        space.close();
        other.close();
        memory.close();
        assertThat(CheckedError.takeAll()).isEmpty();
    }

    /** What the ledger finds when mmap_lock is given back. */
    private CheckedError finding(Runnable work, String... parts) {
        run(work);
        var kept = CheckedError.takeAll();
        assertThat(kept).hasSize(1);
        assertThat(kept.getFirst()).hasMessageContainingAll(parts);
        return kept.getFirst();
    }

    private void isLegal(Runnable work) {
        run(work);
        assertThat(CheckedError.takeAll()).isEmpty();
    }

    private void run(Runnable work) {
        try (MmapGuard _ = space.readLock()) {
            work.run();
        }
    }

    /** Begins a walk that goes on until the test ends. */
    private void walk(long ownerSpace) {
        SharedSlot walk = core.slots().open(ownerSpace);
        walks.add(walk);
        walk.enter();
    }

    private void theCulprit(long next) {
        long _ = Entries.exchange(at, next);
    }

    // ---- what is due ------------------------------------------------------------------------------------------------

    @Test
    void anEntryThatIsTakenOutIsNamedWithWhoTookIt() {
        CheckedError error = finding(() -> theCulprit(Entry.NONE), "the epoch has not been advanced", "(entry 0)",
                Entry.describe(entry) + " -> none, by space " + space.id());
        assertThat(Objects.requireNonNull(error.getCause()).getStackTrace())
                .anyMatch(element -> element.getMethodName().equals("theCulprit"));
        theCulprit(entry);
        isLegal(() -> {
            theCulprit(Entry.NONE);
            TlbFlush.flush(mm);
        });
    }

    @Test
    void aPermissionOrAFrameGoesInAnyWay() {
        String due = "the epoch has not been advanced";
        finding(() -> theCulprit(entry & ~Entry.WRITE), due);
        theCulprit(entry);
        finding(() -> theCulprit(entry & ~Entry.USER), due);
        theCulprit(entry);
        finding(() -> theCulprit(entry & ~Entry.PRESENT | Entry.PROTNONE), due);
        finding(() -> theCulprit(NonPresent.make(NonPresent.MIGRATION_READ_EXCLUSIVE, Entry.pfn(entry))), "protnone",
                due);
        theCulprit(entry);
        finding(() -> theCulprit(entry + (1L << Entry.PFN_SHIFT)), due);
        theCulprit(entry);
        finding(() -> assertThat(Entries.compareAndExchange(at, entry, Entry.NONE)).isEqualTo(entry), due);
        theCulprit(entry);
        finding(() -> Words.compareAndSetLong(at, entry, Entry.NONE), due);
        theCulprit(entry);
        finding(() -> Entries.store(at, entry & ~Entry.WRITE), due);
    }

    @Test
    void whatTakesNothingAwayIsFree() {
        isLegal(() -> theCulprit(entry & ~(Entry.ACCESSED | Entry.DIRTY)));
        isLegal(() -> assertThat(Entries.compareAndExchange(at, 0, Entry.NONE)).isNotZero());
        theCulprit(entry & ~Entry.WRITE);
        isLegal(() -> theCulprit(entry));
        theCulprit(NonPresent.make(NonPresent.SWAP, 1));
        isLegal(() -> theCulprit(Entry.NONE));
        isLegal(() -> Entries.store(at, entry));
        theCulprit(Entry.NONE); // no lock is held
        isLegal(() -> {
        });
    }

    @Test
    void aTableThatIsUnlinked() {
        theCulprit(Entry.NONE);
        long table = PageTables.find(core, mm.root(), BASE, Geometry.PTE);
        long above = PageTables.entryAddress(core, PageTables.find(core, mm.root(), BASE, Geometry.PMD), BASE,
                Geometry.PMD);
        long link = Entry.makeTable(table);
        finding(() -> Entries.exchange(above, Entry.NONE), "the epoch has not been advanced");
        Entries.store(above, link);
        isLegal(() -> {
            long _ = Entries.exchange(above, Entry.NONE);
            long _ = core.slots().advance(); // that is all: the table waits on its chain
        });
        Entries.store(above, link);
    }

    @Test
    void theRootThatIsTakenAway() {
        long root = mm.control() + MmControl.ROOT;
        long frame = Words.getLongVolatile(root);
        finding(() -> Words.getAndSetLong(root, 0), "control block of an address space",
                "the epoch has not been advanced");
        Words.setLongVolatile(root, frame);
        isLegal(() -> {
            long _ = Words.getAndSetLong(root, 0);
            long _ = core.slots().advance();
        });
        Words.setLongVolatile(root, frame);
    }

    /** The chain that is built when memory ends halfway, for instance. */
    @Test
    void aTableThatIsFreedOwesNothing() {
        isLegal(() -> {
            long table = core.blocks().allocateTable(space.id(), Geometry.PTE, 0);
            Entries.store(core.frameAddress(table), Entry.make(memory.zeroPfn(), Entry.SPECIAL | Entry.PRESENT));
            long _ = Entries.exchange(core.frameAddress(table), Entry.NONE);
            core.blocks().freeTable(table);
        });
    }

    // ---- how it is paid ---------------------------------------------------------------------------------------------

    @Test
    void theAdvanceComesAfterwards() {
        finding(() -> {
            TlbFlush.flush(mm);
            theCulprit(Entry.NONE);
        }, "the epoch has not been advanced");
    }

    @Test
    void theWalkersAreWaitedFor() {
        finding(() -> {
            theCulprit(Entry.NONE);
            long _ = core.slots().advance();
        }, "the walkers have not been waited for", Entry.describe(entry), "1 slots may hold an epoch up to");
    }

    @Test
    void aLookThatFindsAWalkIsNoWait() {
        walk(space.id());
        finding(() -> {
            theCulprit(Entry.NONE);
            assertThat(core.slots().passed(core.slots().advance())).isFalse();
        }, "the walkers have not been waited for");
        theCulprit(entry);
        finding(() -> {
            theCulprit(Entry.NONE);
            core.slots().awaitPassed(core.slots().advance(), other.id());
        }, "the walkers have not been waited for");
    }

    @Test
    void walkersOfOthersAndWalksThatBeganLaterAreNotWaitedFor() {
        walk(0);
        walk(other.id());
        SharedSlot late = core.slots().open(space.id());
        walks.add(late);
        isLegal(() -> {
            theCulprit(Entry.NONE);
            long epoch = core.slots().advance();
            late.enter();
            core.slots().awaitPassed(epoch, space.id());
        });
    }

    /** The scan of the slots would not find it. */
    @Test
    void aSlotThatIsGivenBackIsNotWaitedFor() {
        isLegal(() -> {
            theCulprit(Entry.NONE);
            long _ = core.slots().advance();
            cpu.close();
        });
    }

    @Test
    void aFlushForNothing() {
        CheckedError error = finding(() -> TlbFlush.flush(mm), "nothing was taken away");
        assertThat(Objects.requireNonNull(error.getCause()).getStackTrace())
                .anyMatch(element -> element.getClassName().equals(TlbFlush.class.getName()));
        isLegal(() -> assertThat(core.retired().drain()).isNotNegative()); // advances for an end of its own
    }

    // ---- whose it is ------------------------------------------------------------------------------------------------

    /** The pages of a device are unmapped without mmap_lock. */
    @Test
    void theMutexOfADeviceObjectIsABoundary() {
        try (DeviceMapping object = new DeviceMapping(core, DevPagemapType.GENERIC, 1, Geometry.PTE, page -> page,
                page -> 1)) {
            object.mutex().lock();
            theCulprit(Entry.NONE);
            object.mutex().unlock();
            assertThat(CheckedError.takeAll()).hasSize(1);
        }
    }

    @Test
    void aStampThatAnotherThreadGivesBack() {
        SharedMutex lock = new SharedMutex();
        long stamp = lock.lockExclusive();
        CompletableFuture.runAsync(() -> lock.unlock(stamp)).join();
        theCulprit(Entry.NONE); // outside of every section
        theCulprit(entry);
        lock.unlock(lock.lockShared());
        assertThat(CheckedError.takeAll()).isEmpty();
        long mine = lock.lockShared();
        for (int round = 0; round < 20; round++) {
            CompletableFuture.runAsync(() -> lock.unlock(lock.lockShared())).join();
        }
        theCulprit(Entry.NONE); // inside: the other gave back its own
        lock.unlock(mine);
        assertThat(CheckedError.takeAll()).hasSize(1);
    }

    @Test
    void theFindingHidesNothingAndLeavesNoLock() {
        assertThatThrownBy(() -> run(() -> {
            theCulprit(Entry.NONE);
            throw new UnsupportedOperationException("under way");
        })).isExactlyInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> space.readLock().close()).isInstanceOf(CheckedError.class)
                .hasMessageContaining("the epoch has not been advanced");
        CheckedError.takeAll();
        theCulprit(entry);
        assertThat(space.mprotect(BASE, Geometry.PAGE_BYTES, Prot.READ)).as("takes the lock exclusively").isZero();
        entry = Entries.load(at);
    }

    /** That error says why the rest was not done. */
    @Test
    void afterAnotherErrorNothingIsDue() {
        CheckedError error = finding(() -> {
            theCulprit(Entry.NONE);
            assertThatThrownBy(() -> Words.getLong(at)).isInstanceOf(CheckedError.class);
        }, "plain load");
        assertThat(error.getMessage()).doesNotContain("the lock is left");
    }
}

package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Geometry;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reserved huge pages against a model of plain longs: random calls on two spaces and an object must show the same data
 * and the same faults. A page of a private mapping is its own from the first touch, unless that page of the object is
 * shared already: then from the first store. A pinned page stays the mapped one.
 */
class HugetlbModelTest {
    private static final long BYTES = Geometry.levelBytes(Geometry.PMD);
    private static final long BASE = 8 * BYTES;
    private static final int SLOTS = 4;
    private static final int STEPS = 600;
    /** One call in so many is made while an access of its space goes on. */
    private static final int BESIDE_AN_ACCESS = 20;

    /** A huge page of a mapping; the object's page shows through while it has no own data. */
    private static final class Slot {
        boolean isWritable = true;
        boolean isShared;
        boolean isKept;
        int index = -1;
        @Nullable
        Long own;
    }

    private final Long[] object = new Long[2]; // null: not shared yet
    private final boolean[] isStored = new boolean[object.length];
    private final boolean[] isTouched = new boolean[object.length];
    private final Slot[][] slots = new Slot[2][SLOTS];
    private final AddressSpace[] spaces = new AddressSpace[2];
    private final Cpu[] cpus = new Cpu[2];

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 0})
    void theLibraryDoesWhatTheModelDoes(long given) {
        long seed = given != 0 ? given : Long.getLong("seed", System.nanoTime());
        System.out.println("HugetlbModelTest seed " + seed + " (replay with -Dseed=" + seed + ")");
        Random random = new Random(seed);
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(128L << 20).withMovableBytes(32L << 20));
        for (int side = 0; side < 2; side++) {
            spaces[side] = AddressSpace.create(memory);
            cpus[side] = spaces[side].openCpu();
        }
        FlushOracle flushes = new FlushOracle(memory);
        for (AddressSpace space : spaces) {
            for (int at = 0; at < SLOTS; at++) {
                flushes.watch(space, BASE + at * BYTES);
            }
        }
        ObservedFlags flags = new ObservedFlags(memory);
        for (AddressSpace space : spaces) {
            for (int at = 0; at < SLOTS; at++) {
                flags.mayMap(space, BASE + at * BYTES);
            }
        }
        String last = "";
        try (HugetlbMemory shared = HugetlbMemory.create(memory, object.length * BYTES, Geometry.PMD);
                PageBatch<Hold.Pin> batch = memory.newPageBatch(2)) {
            for (int step = 0; step < STEPS; step++) {
                int side = random.nextInt(2);
                int at = random.nextInt(SLOTS);
                int what = random.nextInt(10);
                last = "step " + step + ": " + what + " at " + at + " of side " + side;
                if (random.nextInt(BESIDE_AN_ACCESS) == 0) {
                    flushes.checkWaits(spaces[side], () -> step(random, side, at, what, shared, batch));
                } else {
                    flushes.check(() -> step(random, side, at, what, shared, batch));
                }
                for (int index = 0; index < object.length; index++) {
                    flags.expect(shared.frameOf(index), isStored[index], isTouched[index]);
                }
                flags.check();
                if (step % 20 == 0) {
                    assertThat(SpaceAudit.check(memory, List.of(spaces))).isEmpty();
                }
            }
            assertThat(MemoryAudit.check(memory)).isEmpty();
            assertThat(SpaceAudit.check(memory, List.of(spaces))).isEmpty();
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + seed + " " + last + ": " + e.getMessage(), e);
        }
        for (int side = 0; side < 2; side++) {
            cpus[side].close();
            spaces[side].close();
        }
        MmTest.assertNothingIsLeft(memory);
        memory.close();
    }

    private void step(Random random, int side, int at, int what, HugetlbMemory shared, PageBatch<Hold.Pin> batch) {
        AddressSpace space = spaces[side];
        long address = BASE + at * BYTES;
        Slot slot = slots[side][at];
        int count = 1 + random.nextInt(SLOTS - at);
        switch (what) {
            case 0 -> map(side, at, random, shared);
            case 1 -> {
                assertThat(space.munmap(address, count * BYTES)).isZero();
                Arrays.fill(slots[side], at, at + count, null);
            }
            case 2 -> protect(space, address, Arrays.asList(slots[side]).subList(at, at + count),
                    random.nextBoolean());
            case 3 -> discard(space, address, Arrays.asList(slots[side]).subList(at, at + count));
            case 4 -> pin(space, address, slot, batch);
            default -> access(cpus[side], address + random.nextInt(2) * (BYTES - 8), slot, random.nextBoolean(),
                    random.nextLong());
        }
    }

    /** Up to the first hole, which is an error. */
    private static void protect(AddressSpace space, long address, List<@Nullable Slot> range, boolean isWritable) {
        int result = space.mprotect(address, range.size() * BYTES, isWritable ? Prot.READ_WRITE : Prot.READ);
        assertThat(result).isEqualTo(range.contains(null) ? -Errno.ENOMEM : 0);
        for (Slot slot : range) {
            if (slot == null) {
                return;
            }
            slot.isWritable = isWritable;
        }
    }

    /** Everywhere; a hole is an error all the same. */
    private static void discard(AddressSpace space, long address, List<@Nullable Slot> range) {
        int result = space.madvise(address, range.size() * BYTES, AddressSpace.MADV_DONTNEED);
        assertThat(result).isEqualTo(range.contains(null) ? -Errno.ENOMEM : 0);
        for (Slot slot : range) {
            if (slot != null && !slot.isKept) {
                slot.own = null;
            }
        }
    }

    private void map(int side, int at, Random random, HugetlbMemory shared) {
        Slot slot = new Slot();
        slot.isShared = random.nextBoolean();
        long address = BASE + at * BYTES;
        int kind = MapFlags.FIXED | (slot.isShared ? MapFlags.SHARED : MapFlags.PRIVATE);
        if (random.nextBoolean()) {
            slot.index = random.nextInt(object.length);
            assertThat(spaces[side].mmap(address, BYTES, Prot.READ_WRITE, kind, shared,
                    slot.index * Geometry.leafPages(Geometry.PMD))).isEqualTo(address);
        } else {
            slot.isKept = slot.isShared;
            slot.isShared = false; // an object without another user is like private memory, but for MADV_DONTNEED
            int flags = kind | MapFlags.ANONYMOUS | MapFlags.HUGETLB;
            assertThat(spaces[side].mmap(address, BYTES, Prot.READ_WRITE, flags)).isEqualTo(address);
        }
        slots[side][at] = slot;
    }

    /** What a page shows, the same in its first and its last word. */
    private long touch(Slot slot) {
        if (slot.index >= 0 && slot.isShared && object[slot.index] == null) {
            object[slot.index] = 0L;
        }
        Long through = slot.index >= 0 ? object[slot.index] : null;
        if (slot.own == null && !slot.isShared && through == null) {
            slot.own = 0L;
        }
        return slot.own != null ? slot.own : through;
    }

    /** The page of the object was touched, unless the mapping has its own. */
    private void mark(Slot slot, boolean isStore) {
        if (slot.own == null) {
            isTouched[slot.index] = true;
            isStored[slot.index] |= isStore;
        }
    }

    private void access(Cpu cpu, long address, @Nullable Slot slot, boolean isStore, long value) {
        boolean isRefused = slot == null || isStore && !slot.isWritable;
        long start = Geometry.floor(address, Geometry.PMD);
        try {
            if (isStore) {
                cpu.storeLong(start, value);
                cpu.storeLong(start + BYTES - 8, value);
            } else {
                long found = cpu.loadLong(address);
                assertThat(slot).as("a fault was expected").isNotNull();
                assertThat(found).isEqualTo(touch(slot));
                mark(slot, false);
            }
            assertThat(isRefused).as("a fault was expected").isFalse();
            if (isStore) {
                long _ = touch(slot);
                if (slot.isShared) {
                    object[slot.index] = value;
                    mark(slot, true);
                } else {
                    slot.own = value;
                }
            }
        } catch (SegmentationFault fault) {
            assertThat(isRefused).as("%s", fault.getMessage()).isTrue();
        }
    }

    private void pin(AddressSpace space, long address, @Nullable Slot slot, PageBatch<Hold.Pin> batch) {
        int flags = slot != null && slot.isWritable ? FollFlags.FOLL_WRITE : 0;
        int n = Gup.pinUserPagesUnlocked(space, address + BYTES / 2, 2, flags, batch);
        assertThat(n == 2).isEqualTo(slot != null);
        if (slot != null) {
            long before = touch(slot);
            if (!slot.isShared && flags != 0) {
                slot.own = before;
            }
            mark(slot, flags != 0);
            assertThat(batch.pfn(1)).isEqualTo(space.frameAt(address + BYTES / 2) + 1);
            space.memory().unpinUserPages(batch);
        }
    }
}

package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two address spaces and two objects against a model of plain arrays: the same random calls on both must give the same
 * results, the same data and the same faults, and flush when they must ({@link FlushOracle}). A failure prints the seed
 * and the step.
 */
class MmModelTest {
    private static final int PAGES = 24;
    private static final int PAGE = Geometry.PAGE_BYTES;
    private static final long AREA = Geometry.levelBytes(Geometry.PMD);
    private static final int OBJECT_PAGES = 6;
    private static final int STEPS = 6000;
    private static final int[] PROTS = {Prot.NONE, Prot.READ, Prot.READ_WRITE, Prot.READ_WRITE, Prot.WRITE};
    /** Where a unit is looked at. */
    private static final long[] PROBES_OF_A_PAGE = {0, 8, 2048, PAGE - 8};
    /** Four of these make a huge leaf. */
    private static final long QUARTER = AREA / 4;
    private static final int STORED = 0;
    private static final int TOUCHED = 1;
    private static final long[] PROBES_OF_A_QUARTER = {0, QUARTER / 4 + 8, QUARTER / 2, QUARTER - 8};

    /**
     * What a mapped unit is in the model. A null backing is zeros; own is the private copy, of each probed page by
     * itself.
     */
    private final class Mapped {
        int prot;
        final boolean isShared;
        final boolean isBeyondEnd;
        final long[] backing;
        final long[] own = new long[PROBES_OF_A_PAGE.length];
        final boolean[] isOwn = new boolean[PROBES_OF_A_PAGE.length];

        /** Of a page of an object: when it was stored to, and touched; of all its mappings. */
        final boolean[] use;

        Mapped(int prot, boolean isShared, boolean isBeyondEnd, long[] backing, boolean[] use) {
            this.prot = prot;
            this.isShared = isShared;
            this.isBeyondEnd = isBeyondEnd;
            this.backing = backing;
            this.use = use;
        }

        /** The page of the object was touched, unless the mapping has its own. */
        void mark(int probe, boolean isStore) {
            if (!isOwn[probe]) {
                use[TOUCHED] = true;
                use[STORED] |= isStore;
            }
        }

        long load(int probe) {
            long[] from = isOwn[probe] ? own : backing;
            return from == null ? 0 : from[probe];
        }

        void store(int probe, long value) {
            if (isShared) {
                backing[probe] = value;
                return;
            }
            for (int other = 0; other < own.length; other++) {
                boolean isSamePage = probes[other] / PAGE == probes[probe] / PAGE;
                if (isSamePage && !isOwn[other]) { // the copy is one of a page
                    own[other] = backing == null ? 0 : backing[other];
                    isOwn[other] = true;
                }
            }
            own[probe] = value;
        }
    }

    private static final class Side {
        final AddressSpace space;
        final Cpu cpu;
        final Mapped[] pages = new Mapped[PAGES];

        Side(PhysicalMemory memory, ThpPolicy policy) {
            space = AddressSpace.create(memory);
            space.setThpPolicy(policy);
            cpu = space.openCpu();
        }
    }

    /** One call in so many is made while an access of its space goes on. */
    private static final int BESIDE_AN_ACCESS = 150;

    private final Random random = new Random();
    private final List<Side> sides = new ArrayList<>();
    private final List<SharedMemory> objects = new ArrayList<>();
    private final List<long[][]> contents = new ArrayList<>();
    private final List<boolean[][]> uses = new ArrayList<>();
    private String last = "";
    /** Bytes of what the model calls a page: everything is done to whole ones. */
    private long unit = PAGE;
    private long[] probes = PROBES_OF_A_PAGE;
    private long base = 7 * AREA - PAGES / 2 * PAGE;
    private ThpPolicy policy = ThpPolicy.NEVER;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theLibraryDoesWhatTheModelDoes(long seed) {
        run(seed, STEPS);
    }

    @Test
    void andSoItDoesWithAFreshSeed() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("MmModelTest seed " + seed + " (replay with -Dseed=" + seed + ")");
        run(seed, STEPS);
    }

    /** Quarters of the area of a leaf, half an area off: leaves come, are split at every quarter, and go. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 0})
    void andSoItDoesWithHugePages(long given) {
        long seed = given != 0 ? given : Long.getLong("seed", System.nanoTime());
        System.out.println("MmModelTest with huge pages, seed " + seed + " (replay with -Dseed=" + seed + ")");
        unit = QUARTER;
        probes = PROBES_OF_A_QUARTER;
        base = 7 * AREA - 2 * QUARTER;
        policy = ThpPolicy.ALWAYS;
        run(seed, STEPS / 4);
    }

    private void run(long seed, int steps) {
        random.setSeed(seed);
        long ram = PAGES * unit <= 1L << 20 ? 16L << 20 : 64L << 20;
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(ram).withMovableBytes(ram / 4));
        for (int i = 0; i < 2; i++) {
            sides.add(new Side(memory, policy));
            // side 1 and object 1 have large folios
            sides.get(i).space.setFolioOrder(Math.min(3, Geometry.leafOrder(Geometry.PMD)) * i);
            objects.add(SharedMemory.create(memory, OBJECT_PAGES * unit, 2 * i));
            contents.add(new long[OBJECT_PAGES][PROBES_OF_A_PAGE.length]);
            uses.add(new boolean[OBJECT_PAGES][2]);
        }
        ObservedFlags flags = new ObservedFlags(memory);
        FlushOracle flushes = new FlushOracle(memory);
        for (Side side : sides) {
            for (int page = 0; page < PAGES; page++) {
                for (int probe = 0; probe < (unit == PAGE ? 1 : probes.length); probe++) {
                    flushes.watch(side.space, address(page) + probes[probe]);
                    flags.mayMap(side.space, address(page) + probes[probe]);
                }
            }
        }
        int step = 0;
        try {
            for (; step < steps; step++) {
                Side side = sides.get(random.nextInt(2));
                if (random.nextInt(BESIDE_AN_ACCESS) == 0) {
                    flushes.checkWaits(side.space, () -> step(side));
                } else {
                    flushes.check(() -> step(side));
                }
                if (step % 20 == 0) {
                    checkUses(flags);
                }
                if (step % 50 == 0) {
                    assertThat(SpaceAudit.check(memory, sides.stream().map(each -> each.space).toList())).isEmpty();
                }
                if (step % 500 == 0) {
                    MmTest.assertReferencesMatchMappings(memory);
                }
            }
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + seed + " step " + step + ": " + last + ": " + e.getMessage(), e);
        }
        MmTest.assertReferencesMatchMappings(memory);
        assertThat(SpaceAudit.check(memory, sides.stream().map(side -> side.space).toList())).isEmpty();
        sides.forEach(side -> side.cpu.close());
        sides.forEach(side -> side.space.close());
        objects.forEach(SharedMemory::close);
        boolean _ = memory.shrinkHugeZero();
        MmTest.assertNothingIsLeft(memory);
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    /** Compares the flags of the objects' pages; a unit of several pages has no use of its own. */
    private void checkUses(ObservedFlags flags) {
        for (int which = 0; unit == PAGE && which < objects.size(); which++) {
            for (int page = 0; page < OBJECT_PAGES; page++) {
                long pfn = objects.get(which).frameOf(page);
                boolean[] use = uses.get(which)[page];
                if (pfn != 0) {
                    flags.expect(pfn, use[STORED], use[TOUCHED]);
                } else {
                    assertThat(use[TOUCHED]).as("page %d of object %d was touched and is not there", page, which)
                            .isFalse();
                }
            }
        }
        flags.check();
    }

    private void step(Side side) {
        int page = random.nextInt(PAGES);
        int count = 1 + random.nextInt(Math.min(6, PAGES - page));
        switch (random.nextInt(policy == ThpPolicy.NEVER ? 16 : 17)) {
            case 0 -> unmap(side, page, count);
            case 1, 2 -> mapAnonymous(side, page, count);
            case 3 -> mapObject(side, page, count);
            case 4, 5 -> protect(side, page, count);
            case 6 -> discard(side, page, count);
            case 16 -> decide(side, page, count);
            default -> access(side, page);
        }
    }

    private void unmap(Side side, int page, int count) {
        last = "munmap " + page + "+" + count;
        assertThat(side.space.munmap(address(page), count * unit)).isZero();
        for (int i = page; i < page + count; i++) {
            side.pages[i] = null;
        }
    }

    private void mapAnonymous(Side side, int page, int count) {
        int prot = prot();
        boolean isShared = random.nextInt(3) == 0;
        last = "mmap " + page + "+" + count + " prot " + prot + (isShared ? " shared" : " private");
        int flags = MapFlags.ANONYMOUS | MapFlags.FIXED | (isShared ? MapFlags.SHARED : MapFlags.PRIVATE);
        assertThat(side.space.mmap(address(page), count * unit, prot, flags)).isEqualTo(address(page));
        for (int i = page; i < page + count; i++) {
            long[] backing = isShared ? new long[PROBES_OF_A_PAGE.length] : null;
            side.pages[i] = new Mapped(prot, isShared, false, backing, new boolean[2]);
        }
    }

    private void mapObject(Side side, int page, int count) {
        int prot = prot();
        boolean isShared = random.nextInt(3) != 0;
        int which = random.nextInt(2);
        int from = random.nextInt(OBJECT_PAGES);
        last = "mmap " + page + "+" + count + " of object " + which + " from " + from + " prot " + prot
                + (isShared ? " shared" : " private");
        int flags = MapFlags.FIXED | (isShared ? MapFlags.SHARED : MapFlags.PRIVATE);
        long result = side.space.mmap(address(page), count * unit, prot, flags, objects.get(which),
                from * (unit / PAGE));
        assertThat(result).isEqualTo(address(page));
        for (int i = 0; i < count; i++) {
            boolean isBeyondEnd = from + i >= OBJECT_PAGES;
            long[] backing = isBeyondEnd ? null : contents.get(which)[from + i];
            boolean[] use = isBeyondEnd ? new boolean[2] : uses.get(which)[from + i];
            side.pages[page + i] = new Mapped(prot, isShared, isBeyondEnd, backing, use);
        }
    }

    private void protect(Side side, int page, int count) {
        int prot = prot();
        last = "mprotect " + page + "+" + count + " prot " + prot;
        int expected = 0;
        for (int i = page; i < page + count && expected == 0; i++) {
            if (side.pages[i] == null) {
                expected = -Errno.ENOMEM;
            } else {
                side.pages[i].prot = prot;
            }
        }
        assertThat(side.space.mprotect(address(page), count * unit, prot)).isEqualTo(expected);
    }

    private void discard(Side side, int page, int count) {
        last = "madvise " + page + "+" + count;
        int expected = 0;
        for (int i = page; i < page + count; i++) {
            if (side.pages[i] == null) {
                expected = -Errno.ENOMEM;
            } else {
                Arrays.fill(side.pages[i].isOwn, false);
            }
        }
        assertThat(side.space.madvise(address(page), count * unit, AddressSpace.MADV_DONTNEED))
                .isEqualTo(expected);
    }

    /** Policy and advice, which the model does not know: they change no data. */
    private void decide(Side side, int page, int count) {
        int advice = random.nextBoolean() ? AddressSpace.MADV_HUGEPAGE : AddressSpace.MADV_NOHUGEPAGE;
        last = "advice " + advice + " " + page + "+" + count;
        side.space.setThpPolicy(ThpPolicy.values()[random.nextInt(3)]);
        int result = side.space.madvise(address(page), count * unit, advice);
        assertThat(result).isIn(0, -Errno.ENOMEM);
    }

    private void access(Side side, int page) {
        int probe = random.nextInt(PROBES_OF_A_PAGE.length);
        boolean isStore = random.nextBoolean();
        long value = random.nextLong();
        Mapped mapped = side.pages[page];
        boolean isRefused = mapped == null || mapped.isBeyondEnd
                || (isStore ? (mapped.prot & Prot.WRITE) == 0 : mapped.prot == Prot.NONE);
        last = (isStore ? "store to " : "load from ") + page + (isRefused ? " (refused)" : "");
        long at = address(page) + probes[probe];
        try {
            if (isStore) {
                side.cpu.storeLong(at, value);
            } else {
                long found = side.cpu.loadLong(at);
                assertThat(isRefused).as("a fault was expected").isFalse();
                assertThat(found).isEqualTo(mapped.load(probe));
                mapped.mark(probe, false);
            }
            assertThat(isRefused).as("a fault was expected").isFalse();
            if (isStore) {
                mapped.store(probe, value);
                mapped.mark(probe, true);
            }
        } catch (SegmentationFault fault) {
            assertThat(isRefused).as("%s", fault.getMessage()).isTrue();
            assertThat(fault.address()).isEqualTo(at);
            assertThat(fault.isWrite()).isEqualTo(isStore);
        }
    }

    private int prot() {
        return PROTS[random.nextInt(PROTS.length)];
    }

    private long address(int page) {
        return base + page * unit;
    }
}

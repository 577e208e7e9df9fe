package io.pinfold.fastpath;

import static io.pinfold.fastpath.Machine.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random pages (single, of folios, by a leaf, of a device that lives or dies; shared as after a fork, overflowed, in
 * memory that must stay movable) and random calls of the walk alone, against {@link FastRules}: the same answer, the
 * same frames, exactly these counts, and no trace of what was given back. Replay one run with {@code -Dpinfold.seed=}.
 */
@Tag("wide") // windows of more pages than a leaf of the tiny tables has
class FastRulesModelTest {

    private static final int ROUNDS = 8;
    private static final int STEPS = 300;
    private static final int SLOTS = 16;
    /** Pages that are no device's, before those that are, in one table. */
    private static final int BEFORE = 4;
    private static final long LEAF = Geometry.levelBytes(Geometry.PMD);
    private static final long AREAS = 3 * Geometry.levelBytes(Geometry.PUD);
    private static final int[] PROTS = {Prot.NONE, Prot.READ, Prot.READ, Prot.READ_WRITE, Prot.READ_WRITE};

    private enum Kind {
        PAGES, FOLIOS, LEAF, DEVICE, DEVICE_LEAF
    }

    private SplittableRandom random = new SplittableRandom();
    private String last = "";
    private int full;
    private int part;
    private int dying;

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void theWalkKeepsTheRules(long number) {
        long seed = Long.getLong("pinfold.seed", number * 0x9E3779B97F4A7C15L);
        System.out.println("FastRulesModelTest seed " + seed);
        random = new SplittableRandom(seed);
        MemoryOptions options = MemoryOptions.ofRam(Machine.RAM).withMovableBytes(16L << 20)
                .withDeviceBytes(8L << 20);
        int round = 0;
        int step = 0;
        try (Machine machine = Machine.open(options)) {
            for (; round < ROUNDS; round++) {
                try (Round one = new Round(machine)) {
                    for (step = 0; step < STEPS; step++) {
                        one.step();
                    }
                } catch (RuntimeException | AssertionError e) {
                    throw new AssertionError("seed " + seed + " round " + round + " step " + step + ": " + last + ": "
                            + e.getMessage(), e);
                }
            }
        }
        assertThat(full).as("calls that got everything").isPositive();
        assertThat(part).as("calls that stopped").isPositive();
        assertThat(dying).as("calls that came to a dying device").isPositive();
    }

    /** One device and four areas of private memory, and what is done to them until the device is gone. */
    private final class Round implements AutoCloseable {
        private final Machine machine;
        private final FastRules rules;
        private final RandomDevice device;
        private final RandomDevice leafDevice;
        private final Batch<?> list;
        private final Batch<?> extents;
        private final List<Long> heads = new ArrayList<>();

        Round(Machine machine) {
            this.machine = machine;
            this.rules = new FastRules(machine);
            this.list = machine.batch(SLOTS);
            this.extents = machine.memory.newExtentBatch(SLOTS);
            device = new RandomDevice(machine, random, Geometry.PTE, at(Kind.DEVICE, BEFORE), SLOTS - BEFORE);
            leafDevice = new RandomDevice(machine, random, Geometry.PMD, at(Kind.DEVICE_LEAF, 0), SLOTS);
            for (Kind kind : Kind.values()) {
                map(kind);
            }
        }

        private long at(Kind kind, int slot) {
            return AREAS + kind.ordinal() * LEAF + (long) slot * PAGE;
        }

        private void map(Kind kind) {
            int pages = kind == Kind.DEVICE ? BEFORE : kind == Kind.LEAF ? (int) (LEAF / PAGE) : SLOTS;
            if (kind != Kind.DEVICE_LEAF) {
                machine.space.setThpPolicy(kind == Kind.LEAF ? ThpPolicy.ALWAYS : ThpPolicy.NEVER);
                machine.space.setFolioOrder(kind == Kind.FOLIOS ? 1 + random.nextInt(3) : 0);
                int flags = MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED;
                assertThat(machine.space.mmap(at(kind, 0), (long) pages * PAGE, Prot.READ_WRITE, flags)).isPositive();
                for (int slot = 0; slot < Math.min(pages, SLOTS); slot++) {
                    if (kind != Kind.PAGES || random.nextInt(8) > 0) {
                        machine.cpu.storeLong(at(kind, slot), slot);
                    } else if (random.nextBoolean()) {
                        assertThat(machine.cpu.loadLong(at(kind, slot))).isZero(); // the zero page
                    }
                }
            }
        }

        void step() {
            Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
            int slot = random.nextInt(SLOTS);
            last = kind + " " + slot;
            switch (random.nextInt(12)) {
                case 0 -> protect(kind);
                case 1, 2 -> share(kind, slot);
                case 3 -> again(kind);
                default -> call(kind, slot, 1 + random.nextInt(SLOTS - slot));
            }
        }

        /** Private memory is mapped anew, a device begins to go away: now and then. */
        private void again(Kind kind) {
            if (kind.ordinal() < Kind.DEVICE.ordinal() && random.nextInt(4) == 0) {
                map(kind);
            } else if (kind.ordinal() >= Kind.DEVICE.ordinal() && random.nextInt(10) == 0) {
                (kind == Kind.DEVICE ? device : leafDevice).kill();
            }
        }

        private void protect(Kind kind) {
            if (kind.ordinal() < Kind.DEVICE.ordinal()) {
                int prot = PROTS[random.nextInt(PROTS.length)];
                long bytes = kind == Kind.LEAF ? LEAF : (long) SLOTS * PAGE;
                assertThat(machine.space.mprotect(at(kind, 0), bytes, prot)).isZero();
            }
        }

        /** As after a fork: the page is not exclusive, and no entry that maps it is writable. */
        private void share(Kind kind, int slot) {
            long pfn = machine.space.frameAt(at(kind, slot));
            if (kind.ordinal() < Kind.DEVICE.ordinal() && pfn != 0 && pfn != machine.memory.zeroPfn()) {
                long whose = kind == Kind.LEAF ? machine.memory.page(pfn).head() : pfn;
                long bytes = kind == Kind.LEAF ? LEAF : (long) SLOTS * PAGE;
                assertThat(machine.space.mprotect(at(kind, 0), bytes, Prot.READ)).isZero();
                long _ = PageFlags.clear(Bridge.core(machine.memory).recordAddress(whose), PageFlags.ANON_EXCLUSIVE);
            }
        }

        /** Perhaps with a full count somewhere in the range, or in a pageblock that must stay movable. */
        private void call(Kind kind, int slot, int pages) {
            long pfn = machine.space.frameAt(at(kind, slot + random.nextInt(pages)));
            boolean isUsual = pfn == 0 || pfn == machine.memory.zeroPfn();
            boolean isOverflowed = !isUsual && random.nextInt(4) == 0;
            boolean mustStay = !isUsual && random.nextInt(4) == 0 && pfn < machine.memory.ramFrames()
                    && machine.memory.zoneOf(pfn) == ZoneKind.NORMAL;
            long head = isUsual ? 0 : machine.memory.page(pfn).head();
            if (isOverflowed) {
                PageRefs.add(Bridge.core(machine.memory).recordAddress(head), Integer.MIN_VALUE);
            }
            if (mustStay) {
                Bridge.core(machine.memory).blocks().setMigrateType(pfn, MigrateType.CMA);
                rules.setMovableBlockOf(pfn);
            }
            callAsItIs(kind, slot, pages);
            if (isOverflowed) {
                PageRefs.add(Bridge.core(machine.memory).recordAddress(head), Integer.MIN_VALUE);
            }
            if (mustStay) {
                Bridge.core(machine.memory).blocks().setMigrateType(pfn, MigrateType.UNMOVABLE);
                rules.setMovableBlockOf(-1);
            }
        }

        private void callAsItIs(Kind kind, int slot, int pages) {
            boolean isPin = random.nextBoolean();
            int flags = FollFlags.FOLL_FAST_ONLY | flag(FollFlags.FOLL_WRITE, 2)
                    | (isPin ? flag(FollFlags.FOLL_LONGTERM, 3) | flag(FollFlags.FOLL_GET, 16) : 0);
            Batch<?> batch = random.nextBoolean() ? list : extents;
            last = (isPin ? "pin " : "get ") + kind + " " + slot + "+" + pages + " flags 0x"
                    + Integer.toHexString(flags);
            long address = at(kind, slot);
            RandomDevice asked = kind == Kind.DEVICE ? device : leafDevice;
            rules.setDying(asked.isDying());
            boolean isIllegal = isPin && (flags & FollFlags.FOLL_GET) != 0;
            int expected = isIllegal ? 0 : rules.pages(address, pages, flags, isPin);
            Map<Long, int[]> counts = counts(address, pages, expected, isPin);
            dying += asked.isDying() && slot < BEFORE && slot + pages > BEFORE ? 1 : 0;
            long lookups = asked.lookUps();
            heads.forEach(
                    head -> PageFlags.clear(Bridge.core(machine.memory).recordAddress(head), PageFlags.REFERENCED));
            Map<Long, Long> flagsBefore = flags();
            int got = isPin
                    ? FastGup.pinUserPagesFast(machine.session, machine.space, address, pages, flags, Kinds.pins(batch))
                    : FastGup.getUserPagesFast(machine.session, machine.space, address, pages, flags,
                            Kinds.gets(batch));
            assertThat(got).isEqualTo(isIllegal ? -Errno.EINVAL : expected);
            assertThat(asked.lookUps()).as("I12: look-ups of the pagemap").isEqualTo(lookups);
            counts.forEach((head, count) -> {
                PageInfo info = machine.memory.page(head);
                assertThat(new int[]{info.refCount(), info.pinCount()}).as("I2: %s", info).containsExactly(count[0],
                        count[1]);
            });
            checkFlags("the hint, for what is returned and nothing else [B7]", flagsBefore, counts,
                    PageFlags.REFERENCED);
            for (int i = 0; i < expected; i++) {
                assertThat(pfn(batch, i)).isEqualTo(machine.space.frameAt(address + (long) i * PAGE));
            }
            assertThat(machine.pinsOutstanding()).as("I3").isEqualTo(isPin ? expected : 0);
            if (expected > 0) {
                Map<Long, Long> flagsHeld = flags();
                boolean isDirty = isPin && random.nextInt(3) == 0;
                release(batch, isPin, isDirty);
                checkFlags("dirty, if it was returned and given back so", flagsHeld, counts,
                        isDirty ? PageFlags.DIRTY : 0);
            }
            full += expected == pages ? 1 : 0;
            part += expected < pages ? 1 : 0;
        }

        private long pfn(Batch<?> batch, int index) {
            if (batch instanceof PageBatch<?> pages) {
                return pages.pfn(index);
            }
            ExtentBatch<?> runs = (ExtentBatch<?>) batch;
            int extent = 0;
            int left = index;
            while (left >= runs.pages(extent)) {
                left -= runs.pages(extent++);
            }
            return runs.firstPfn(extent) + left;
        }

        private Map<Long, Long> flags() {
            return heads.stream().collect(Collectors.toMap(head -> head, head -> machine.memory.page(head).flags()));
        }

        /** The folios that the call returned have these flags more; no other flag changed anywhere. */
        private void checkFlags(String what, Map<Long, Long> before, Map<Long, int[]> counts, long more) {
            before.forEach((head, flags) -> {
                long added = counts.getOrDefault(head, new int[3])[2] > 0 ? more : 0;
                assertThat(machine.memory.page(head).flags()).as("%s: %s", what, machine.memory.page(head))
                        .isEqualTo(flags | added);
            });
        }

        private void release(Batch<?> batch, boolean isPin, boolean isDirty) {
            if (isDirty) {
                machine.memory.unpinUserPagesDirtyLock(Kinds.pins(batch), true);
            } else if (isPin) {
                machine.memory.unpinUserPages(Kinds.pins(batch));
            } else {
                machine.memory.putPages(Kinds.gets(batch));
            }
        }

        private int flag(int flag, int oneIn) {
            return random.nextInt(oneIn) == 0 ? flag : 0;
        }

        /** References, pins and pages taken that every folio of the range has to have afterwards. */
        private Map<Long, int[]> counts(long address, int pages, int taken, boolean isPin) {
            Map<Long, int[]> counts = new HashMap<>();
            heads.clear();
            for (int i = 0; i < pages; i++) {
                long pfn = machine.space.frameAt(address + (long) i * PAGE);
                if (pfn == 0) {
                    continue;
                }
                PageInfo head = machine.memory.page(machine.memory.page(pfn).head());
                int[] count = counts.computeIfAbsent(head.pfn(),
                        key -> new int[]{head.refCount(), head.pinCount(), 0});
                if (i < taken) {
                    count[0] += isPin && head.order() == 0 ? 1024 : 1;
                    count[1] += isPin && head.order() > 0 ? 1 : 0;
                    count[2]++;
                }
            }
            heads.addAll(counts.keySet());
            return counts;
        }

        @Override
        public void close() {
            list.close();
            extents.close();
            device.close();
            leafDevice.close();
            assertThat(machine.space.munmap(AREAS, Kind.values().length * LEAF)).isZero();
            assertThat(Entry.isPresent(machine.space.entryAt(AREAS))).isFalse();
        }
    }
}

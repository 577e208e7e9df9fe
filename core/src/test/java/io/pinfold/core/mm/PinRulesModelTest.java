package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.gup.ZoneKind;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.mm.PinRules.Answer;
import io.pinfold.core.mm.PinRules.Page;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.mm.space.UserPages;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random pages (single, of folios, huge, reserved, of an object, the zero page; shared as after a fork, held by others,
 * overflowed, in memory that must stay movable) and random calls of the slow path, against {@link PinRules}: the same
 * answer, the same frames, exactly these counts. Copy-on-write must keep what others hold. Replay one run with {@code
 * -Dpinfold.seed=}.
 */
class PinRulesModelTest {

    private static final int STEPS = 6_000;
    private static final int SLOTS = 8;
    private static final int PAGE = Geometry.PAGE_BYTES;
    private static final long LEAF = Geometry.levelBytes(Geometry.PMD);
    private static final int[] PROTS = {Prot.NONE, Prot.READ, Prot.READ, Prot.READ_WRITE, Prot.READ_WRITE};

    private enum Kind {
        PAGES, HUGE, RESERVED, OBJECT
    }

    /** A private mapping, of which the first {@link #SLOTS} pages are looked at. */
    private static final class Area {
        final Kind kind;
        final long address;
        final long bytes;
        int prot = Prot.READ_WRITE;
        final long[] data = new long[SLOTS];

        Area(Kind kind, long address, long bytes) {
            this.kind = kind;
            this.address = address;
            this.bytes = bytes;
        }

        PinRules.Mapping mapping() {
            return new PinRules.Mapping(prot, kind == Kind.RESERVED);
        }

        long at(int slot) {
            return address + (long) slot * PAGE;
        }
    }

    /** References of another owner, which relies on what the page held when they were taken. */
    private record Holder(long head, long pfn, long value) {
    }

    private final PhysicalMemory memory = PhysicalMemory
            .open(MemoryOptions.ofRam(64L << 20).withMovableBytes(16L << 20));
    private final MemoryCore core = Bridge.core(memory);
    private final SharedMemory object = SharedMemory.create(memory, SLOTS * PAGE);
    private final AddressSpace space = AddressSpace.create(memory);
    private final Cpu cpu = space.openCpu();
    private final PageBatch<?> batch = memory.newPageBatch(SLOTS);
    private final PinRules rules = new PinRules(space);
    private final FlushOracle flushes = new FlushOracle(memory);
    private final List<Area> areas = new ArrayList<>();
    private final List<Holder> holders = new ArrayList<>();
    private final int[] reasons = new int[256];
    private boolean hasPinned;
    private String last = "";
    private SplittableRandom random = new SplittableRandom();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theSlowPathKeepsTheRules(long number) {
        long seed = Long.getLong("pinfold.seed", number * 0x9E3779B97F4A7C15L);
        System.out.println("PinRulesModelTest seed " + seed);
        random = new SplittableRandom(seed);
        space.setThpPolicy(ThpPolicy.ALWAYS);
        areas.add(new Area(Kind.PAGES, 3 * LEAF - SLOTS / 2 * PAGE, SLOTS * PAGE));
        areas.add(new Area(Kind.HUGE, 8 * LEAF, LEAF));
        areas.add(new Area(Kind.RESERVED, 12 * LEAF, LEAF));
        areas.add(new Area(Kind.OBJECT, 16 * LEAF, SLOTS * PAGE));
        for (Area area : areas) {
            for (int slot = 0; slot < SLOTS; slot++) {
                flushes.watch(space, area.at(slot));
            }
        }
        areas.forEach(this::map);
        int step = 0;
        try {
            for (; step < STEPS; step++) {
                step();
                if (step % 50 == 0) {
                    assertThat(SpaceAudit.check(memory, List.of(space))).isEmpty();
                }
            }
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + seed + " step " + step + ": " + last + ": " + e.getMessage(), e);
        }
        assertThat(reasons[0]).as("calls that were answered in full").isPositive();
        assertThat(reasons[Errno.EFAULT]).as("calls that were refused").isPositive();
        assertThat(reasons[Errno.ENOMEM]).as("calls that met a full count").isPositive();
        close();
    }

    private void close() {
        holders.forEach(holder -> UserPages.put(core, holder.head));
        batch.close();
        cpu.close();
        space.close();
        object.close();
        boolean _ = memory.shrinkHugeZero();
        assertThat(memory.vmStat().nrFollPinAcquired()).as("I3").isEqualTo(memory.vmStat().nrFollPinReleased());
        MmTest.assertNothingIsLeft(memory);
        memory.close();
    }

    private void step() {
        int pick = random.nextInt(8);
        Area area = areas.get(pick < 4 ? 0 : pick < 6 ? 1 : pick - 4);
        int slot = random.nextInt(SLOTS);
        switch (random.nextInt(20)) {
            case 0 -> map(area);
            case 1, 2 -> protect(area, PROTS[random.nextInt(PROTS.length)]);
            case 3, 4, 5 -> store(area, slot);
            case 6 -> load(area, slot);
            case 7, 8, 9 -> share(area, slot);
            case 10 -> letGo();
            case 11, 12, 13 -> callThatFaults(area, slot);
            default -> call(area, slot);
        }
        for (Holder holder : holders) {
            assertThat(Words.getLong(core.frameAddress(holder.pfn))).as("I9: what %s has", holder)
                    .isEqualTo(holder.value);
        }
    }

    private void map(Area area) {
        last = "map " + area.kind;
        space.setFolioOrder(random.nextInt(Math.min(2, Geometry.leafOrder(Geometry.PMD)) + 1));
        int flags = MapFlags.PRIVATE | MapFlags.FIXED;
        if (area.kind == Kind.OBJECT) {
            assertThat(space.mmap(area.address, area.bytes, Prot.READ_WRITE, flags, object, 0)).isPositive();
        } else {
            int more = MapFlags.ANONYMOUS | (area.kind == Kind.RESERVED ? MapFlags.HUGETLB : 0);
            assertThat(space.mmap(area.address, area.bytes, Prot.READ_WRITE, flags | more)).isPositive();
        }
        area.prot = Prot.READ_WRITE;
        Arrays.fill(area.data, 0);
    }

    private void protect(Area area, int prot) {
        last = "protect " + area.kind + " " + prot;
        flushes.check(() -> assertThat(space.mprotect(area.address, area.bytes, prot)).isZero());
        area.prot = prot;
    }

    private void store(Area area, int slot) {
        last = "store to " + area.kind + " " + slot;
        Page before = rules.page(area.at(slot));
        long value = random.nextLong();
        boolean isRefused = area.prot != Prot.READ_WRITE;
        try {
            flushes.check(() -> cpu.storeLong(area.at(slot), value));
            assertThat(isRefused).as("a fault was expected").isFalse();
            area.data[slot] = value;
            boolean stays = before.pfn() != 0 && (before.isWritable() || before.isReusable());
            assertThat(space.frameAt(area.at(slot)) == before.pfn()).as("R15: the very page %s", before)
                    .isEqualTo(stays);
        } catch (SegmentationFault fault) {
            assertThat(isRefused).as("%s", fault.getMessage()).isTrue();
        }
    }

    private void load(Area area, int slot) {
        last = "load from " + area.kind + " " + slot;
        // Reading where nothing is yet would map the huge zero page, which has a test of its own.
        if (area.prot != Prot.NONE && (area.kind != Kind.HUGE || space.frameAt(area.at(slot)) != 0)) {
            assertThat(cpu.loadLong(area.at(slot))).isEqualTo(area.data[slot]);
        }
    }

    /** As after a fork: the page is not exclusive, its entry is read-only, and the other side may be there or gone. */
    private void share(Area area, int slot) {
        last = "share " + area.kind + " " + slot;
        Page page = rules.page(area.at(slot));
        if (page.pfn() == 0 || !page.isAnonymous()) {
            return;
        }
        long whose = Entry.isHuge(page.entry()) ? page.head() : page.pfn();
        long _ = PageFlags.clear(core.recordAddress(whose), PageFlags.ANON_EXCLUSIVE);
        int prot = area.prot;
        protect(area, Prot.READ);
        protect(area, prot);
        if (random.nextBoolean() && holders.size() < 6) {
            PageRefs.add(core.recordAddress(page.head()), 1);
            holders.add(new Holder(page.head(), page.pfn(), area.data[slot]));
        }
    }

    private void letGo() {
        if (!holders.isEmpty()) {
            UserPages.put(core, holders.remove(random.nextInt(holders.size())).head);
        }
    }

    /**
     * A call that may fault: which page it must be in the end, and that a pin and the processor see the same [R17,
     * R16].
     */
    private void callThatFaults(Area area, int slot) {
        boolean isPin = random.nextBoolean();
        boolean write = random.nextBoolean();
        boolean force = random.nextInt(3) == 0;
        Page before = rules.page(area.at(slot));
        if (area.kind == Kind.HUGE && before.pfn() == 0) {
            return;
        }
        int flags = (write ? FollFlags.FOLL_WRITE : 0) | (force ? FollFlags.FOLL_FORCE : 0);
        last = (isPin ? "pin " : "get ") + area.kind + " " + slot + " flags " + flags + ", faulting, was " + before;
        int[] answer = new int[1];
        flushes.check(() -> answer[0] = isPin
                ? Gup.pinUserPagesUnlocked(space, area.at(slot), 1, flags, Kinds.pins(batch))
                : Gup.getUserPagesUnlocked(space, area.at(slot), 1, flags, Kinds.gets(batch)));
        int got = answer[0];
        hasPinned |= isPin;
        if (!area.mapping().permits(write, force)) {
            assertThat(got).isEqualTo(-Errno.EFAULT);
            return;
        }
        assertThat(got).isOne();
        Page after = rules.page(area.at(slot));
        assertThat(batch.pfn(0)).isEqualTo(after.pfn());
        boolean mustBeOwn = write || isPin && before.isAnonymous();
        boolean stays = before.isWritable() || !mustBeOwn || before.isReusable();
        if (before.pfn() != 0) {
            assertThat(after.pfn() == before.pfn()).as("the very page").isEqualTo(stays);
        }
        if (mustBeOwn) {
            assertThat(after.isExclusive()).as("I6: a page of its own, %s", after).isTrue();
        }
        assertThat(Words.getLong(core.frameAddress(after.pfn()))).isEqualTo(area.data[slot]);
        if (mustBeOwn && isPin && area.prot == Prot.READ_WRITE) {
            store(area, slot);
            assertThat(Words.getLong(core.frameAddress(after.pfn()))).as("I6").isEqualTo(area.data[slot]);
        }
        release(isPin);
    }

    /**
     * A call that does not fault, perhaps on a page whose count has overflowed, or whose pageblock must stay movable.
     */
    private void call(Area area, int slot) {
        int pages = 1 + random.nextInt(SLOTS - slot);
        Page odd = rules.page(area.at(slot + random.nextInt(pages)));
        boolean isOverflowed = odd.pfn() != 0 && !odd.isZero() && random.nextInt(4) == 0;
        boolean mustStay = odd.pfn() != 0 && !odd.isZero() && memory.zoneOf(odd.pfn()) == ZoneKind.NORMAL
                && random.nextInt(3) == 0;
        if (mustStay) {
            core.blocks().setMigrateType(odd.pfn(), MigrateType.CMA);
            rules.setMovableBlockOf(odd.pfn());
        }
        if (isOverflowed) {
            PageRefs.add(core.recordAddress(odd.head()), Integer.MIN_VALUE);
        }
        if (random.nextInt(3) == 0) {
            clean(area.at(slot + random.nextInt(pages)));
        }
        callAsItIs(area, slot, pages);
        if (isOverflowed) {
            PageRefs.add(core.recordAddress(odd.head()), Integer.MIN_VALUE);
        }
        if (mustStay) {
            core.blocks().setMigrateType(odd.pfn(), MigrateType.UNMOVABLE);
            rules.setMovableBlockOf(-1);
        }
    }

    /** As after writeback: neither the entry nor the folio is dirty. */
    private void clean(long address) {
        long head = rules.page(address).head();
        long spot = PageTables.lockLowest(core, space.mm().root(), address);
        long at = Spot.entryAddress(core, spot, address);
        long entry = Entries.load(at);
        if (Entry.isPresent(entry)) {
            Entries.store(at, entry & ~Entry.DIRTY);
            long _ = PageFlags.clear(core.recordAddress(head), PageFlags.DIRTY);
        }
        PageTables.unlock(core, Spot.table(spot));
    }

    private void callAsItIs(Area area, int slot, int pages) {
        boolean isPin = random.nextBoolean();
        boolean wantsPages = isPin || random.nextInt(3) > 0;
        int flags = FollFlags.FOLL_NOFAULT | flag(FollFlags.FOLL_WRITE, 2) | flag(FollFlags.FOLL_FORCE, 3)
                | (isPin ? flag(FollFlags.FOLL_LONGTERM, 3) : 0) | flag(FollFlags.FOLL_DUMP, 8)
                | (wantsPages ? flag(FollFlags.FOLL_GET, 12) : 0);
        boolean isIllegal = isPin && (flags & FollFlags.FOLL_GET) != 0;
        last = (isPin ? "pin " : "get ") + (wantsPages ? "" : "nothing of ") + area.kind + " " + slot + "+" + pages
                + " flags 0x" + Integer.toHexString(flags);
        Answer expected = isIllegal ? new Answer(0, Errno.EINVAL)
                : rules.answer(area.mapping(), area.at(slot), pages, flags, isPin, wantsPages);
        Map<Long, int[]> counts = counts(area, slot, pages, expected.pages(), isPin, wantsPages);
        Map<Long, Long> marks = flagsAfter(area, slot, pages, isPin ? 0 : expected.pages(), flags);
        VmStat stat = memory.vmStat();
        int got;
        try (MmapGuard guard = space.readLock()) {
            got = isPin ? Gup.pinUserPages(space, guard, area.at(slot), pages, flags, Kinds.pins(batch))
                    : Gup.getUserPages(space, guard, area.at(slot), pages, flags,
                            wantsPages ? Kinds.gets(batch) : null);
        }
        hasPinned |= isPin && !isIllegal;
        assertThat(got).isEqualTo(expected.pages() > 0 ? expected.pages() : -expected.errno());
        boolean isKnown = (Words.getLongVolatile(Bridge.control(space) + MmControl.MM_FLAGS)
                & MmControl.HAS_PINNED) != 0;
        assertThat(isKnown).as("HAS_PINNED").isEqualTo(hasPinned);
        counts.forEach((head, count) -> assertThat(countsOf(head)).as("references and pins of %d", head)
                .containsExactly(count));
        marks.forEach((head, mark) -> assertThat(memory.page(head).flags()).as("flags: %s", memory.page(head))
                .isEqualTo(mark));
        int counted = 0;
        for (int i = 0; wantsPages && i < got; i++) {
            assertThat(batch.pfn(i)).isEqualTo(space.frameAt(area.at(slot + i)));
            counted += isPin && batch.pfn(i) != memory.zeroPfn() ? 1 : 0;
        }
        VmStat now = memory.vmStat();
        assertThat(now.nrFollPinAcquired() - stat.nrFollPinAcquired() - now.nrFollPinReleased()
                + stat.nrFollPinReleased()).as("pins counted").isEqualTo(counted);
        if (wantsPages && got > 0) {
            assertThat(batch.stopReason()).isEqualTo(expected.errno());
            release(isPin);
        }
        reasons[expected.errno()]++;
    }

    private int flag(int flag, int oneIn) {
        return random.nextInt(oneIn) == 0 ? flag : 0;
    }

    private void release(boolean isPin) {
        if (isPin) {
            memory.unpinUserPages(Kinds.pins(batch));
        } else {
            memory.putPages(Kinds.gets(batch));
        }
    }

    /** References and pins that every folio of the range has to have after the first {@code taken} pages were taken. */
    private Map<Long, int[]> counts(Area area, int slot, int pages, int taken, boolean isPin, boolean wantsPages) {
        Map<Long, int[]> counts = new HashMap<>();
        for (int i = 0; i < pages; i++) {
            Page page = rules.page(area.at(slot + i));
            if (page.pfn() == 0) {
                continue;
            }
            int[] count = counts.computeIfAbsent(page.head(), this::countsOf);
            boolean isLarge = memory.page(page.head()).order() > 0;
            if (wantsPages && i < taken && !(isPin && page.isZero())) {
                count[0] += isPin && !isLarge ? 1024 : 1;
                count[1] += isPin && isLarge ? 1 : 0;
            }
        }
        return counts;
    }

    /**
     * Flags that every folio of the range has to have after a get of {@code taken} pages: those are accessed, and dirty
     * for a write whose entry does not say so. A pin marks nothing here: its pages become dirty when it is given back.
     * Takes the accessed flag away first.
     */
    private Map<Long, Long> flagsAfter(Area area, int slot, int pages, int taken, int flags) {
        Map<Long, Long> marks = new HashMap<>();
        for (int i = 0; i < pages; i++) {
            Page page = rules.page(area.at(slot + i));
            if (page.pfn() != 0) {
                long write = (flags & FollFlags.FOLL_WRITE) != 0 && !Entry.isDirty(page.entry()) ? PageFlags.DIRTY : 0;
                long mark = marks.computeIfAbsent(page.head(), head -> {
                    long _ = PageFlags.clear(core.recordAddress(head), PageFlags.REFERENCED);
                    return memory.page(head).flags();
                });
                marks.put(page.head(), i < taken && !page.isZero() ? mark | PageFlags.REFERENCED | write : mark);
            }
        }
        return marks;
    }

    private int[] countsOf(long head) {
        PageInfo info = memory.page(head);
        return new int[]{info.refCount(), info.pinCount()};
    }
}

package io.pinfold.core.internal;

import static io.pinfold.core.internal.AuditClause.IDLE1;
import static io.pinfold.core.internal.AuditClause.IDLE2;
import static io.pinfold.core.internal.AuditClause.IDLE3;
import static io.pinfold.core.internal.AuditClause.SPACE1;
import static io.pinfold.core.internal.AuditClause.SPACE10;
import static io.pinfold.core.internal.AuditClause.SPACE11;
import static io.pinfold.core.internal.AuditClause.SPACE12;
import static io.pinfold.core.internal.AuditClause.SPACE2;
import static io.pinfold.core.internal.AuditClause.SPACE3;
import static io.pinfold.core.internal.AuditClause.SPACE4;
import static io.pinfold.core.internal.AuditClause.SPACE5;
import static io.pinfold.core.internal.AuditClause.SPACE6;
import static io.pinfold.core.internal.AuditClause.SPACE7;
import static io.pinfold.core.internal.AuditClause.SPACE8;
import static io.pinfold.core.internal.AuditClause.SPACE9;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.space.VmaMap;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.NonPresent;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import java.util.List;

/** What is planted in page tables and in the counts of mappings, and what is left when everything should be free. */
final class SpacePlants {
    private static final long LEAF_BYTES = Geometry.levelBytes(Geometry.PMD);
    private static final long LEAF = 3 * LEAF_BYTES;
    /** No leaf fits there. */
    private static final long SMALL = LEAF + Geometry.PAGE_BYTES;

    private SpacePlants() {
    }

    static List<AuditPlant> all() {
        return List.of(
                AuditPlant.of(SPACE1, "an entry that was not counted", world -> entry(world, small(world),
                        SMALL + Geometry.PAGE_BYTES, NonPresent.make(NonPresent.SWAP, 1))),
                AuditPlant.of(SPACE1, "an entry that went without being counted",
                        world -> entry(world, small(world), SMALL, Entry.NONE)).with(SPACE4),
                AuditPlant.of(SPACE2, "a leaf without its deposit", world -> {
                    AddressSpace space = leaf(world);
                    return entry(world, space, LEAF, space.entryAt(LEAF) & ~Entry.DEPOSITED);
                }),
                AuditPlant.of(SPACE3, "a leaf that was left invalidated", world -> {
                    AddressSpace space = leaf(world);
                    return entry(world, space, LEAF, Entry.invalidated(space.entryAt(LEAF)));
                }).with(SPACE5),
                AuditPlant.of(SPACE4, "a mapping that no entry makes",
                        world -> world.setInt(small(world).frameAt(SMALL), PageLayout.MAPCOUNT, 2)),
                AuditPlant.of(SPACE4, "a mapping that was not counted",
                        world -> world.setInt(small(world).frameAt(SMALL), PageLayout.MAPCOUNT, 0)),
                AuditPlant.of(SPACE4, "a device page in the place of a page", SpacePlants::mapsDevicePage),
                AuditPlant.of(SPACE5, "an entire mapping that no leaf makes", world -> entireMappings(world, 2)),
                AuditPlant.of(SPACE5, "an entire mapping that was not counted", world -> entireMappings(world, 0)),
                AuditPlant.of(SPACE6, "an entry that maps no frame",
                        world -> replaceFrame(world, small(world), SMALL, world.memory.frames())).with(SPACE4),
                AuditPlant.of(SPACE7, "an entry that maps a free frame", SpacePlants::mapsFreeFrame).with(SPACE4),
                AuditPlant.of(SPACE7, "a leaf that maps free frames", SpacePlants::mapsFreeFrames).with(SPACE5),
                AuditPlant.of(SPACE8, "an entry behind the end of its mapping", world -> {
                    AddressSpace space = small(world);
                    long end = SMALL + 2 * Geometry.PAGE_BYTES;
                    return entry(world, space, end, NonPresent.make(NonPresent.SWAP, 1));
                }).with(SPACE1),
                AuditPlant.of(SPACE9, "a leaf over the end of its mapping", world -> {
                    AddressSpace space = leaf(world);
                    return cutWithoutSplit(world, space);
                }),
                AuditPlant.of(SPACE10, "a page of a mapping for reading that may be written",
                        world -> permit(world, Prot.READ, Entry.WRITE)),
                AuditPlant.of(SPACE10, "a page on the move that may be written when it comes back", world -> {
                    AddressSpace space = small(world, Prot.READ);
                    return entry(world, space, SMALL,
                            NonPresent.make(NonPresent.MIGRATION_WRITE, space.frameAt(SMALL)));
                }).with(SPACE4),
                AuditPlant.of(SPACE11, "a page that may be read in a mapping without access",
                        world -> permit(world, Prot.NONE, Entry.PRESENT | Entry.USER)),
                AuditPlant.of(SPACE12, "a page that a private mapping may write to, and is shared", world -> {
                    AddressSpace space = small(world);
                    long pfn = space.frameAt(SMALL);
                    long _ = PageFlags.clear(world.core.recordAddress(pfn), PageFlags.ANON_EXCLUSIVE);
                    world.afterwards(() -> PageFlags.set(world.core.recordAddress(pfn), PageFlags.ANON_EXCLUSIVE));
                    return Spot.table(PageTables.lowest(world.core, Bridge.mm(space).root(), SMALL));
                }),
                AuditPlant.of(IDLE1, "a page that is left", AuditWorld::user),
                AuditPlant.of(IDLE1, "a folio that is left", AuditWorld::large),
                AuditPlant.of(IDLE2, "a table that is left", AuditWorld::table),
                AuditPlant.of(IDLE3, "a pagemap that is left", world -> world.pagemap(0).isLive() ? 0 : -1));
    }

    static AddressSpace small(AuditWorld world) {
        return world.space(SMALL, 2L * Geometry.PAGE_BYTES);
    }

    /** The same after mprotect. */
    private static AddressSpace small(AuditWorld world, int prot) {
        AddressSpace space = small(world);
        assertThat(space.mprotect(SMALL, 2L * Geometry.PAGE_BYTES, prot)).isZero();
        return space;
    }

    /** Adds bits to the entry of a page after mprotect; the table. */
    private static long permit(AuditWorld world, int prot, long bits) {
        AddressSpace space = small(world, prot);
        return entry(world, space, SMALL, space.entryAt(SMALL) | bits);
    }

    /** A mapping begins in the middle of the leaf, which was not split; the table of the leaf. */
    private static long cutWithoutSplit(AuditWorld world, AddressSpace space) {
        VmaMap vmas = Bridge.mm(space).vmas();
        vmas.splitAt(LEAF + LEAF_BYTES / 2);
        world.afterwards(() -> vmas.joinAround(LEAF, LEAF + LEAF_BYTES));
        return Spot.table(PageTables.lowest(world.core, Bridge.mm(space).root(), LEAF));
    }

    static AddressSpace leaf(AuditWorld world) {
        AddressSpace space = world.space(LEAF, LEAF_BYTES);
        assertThat(Entry.isHuge(space.entryAt(LEAF))).isTrue();
        return space;
    }

    private static long entireMappings(AuditWorld world, int mappings) {
        return world.setInt(leaf(world).frameAt(LEAF) + 1, PageLayout.ENTIRE_MAPCOUNT, mappings) - 1;
    }

    /** A device page may be mapped; the page that was is counted as mapped still. */
    private static long mapsDevicePage(AuditWorld world) {
        long device = world.pagemap(0).ranges().getFirst().firstPfn();
        AddressSpace space = small(world);
        long page = space.frameAt(SMALL);
        replaceFrame(world, space, SMALL, device);
        return page;
    }

    private static long mapsFreeFrame(AuditWorld world) {
        long freed = world.freed();
        AddressSpace space = small(world);
        return replaceFrame(world, space, SMALL, freed + 4); // of a block that nothing was taken from
    }

    private static long mapsFreeFrames(AuditWorld world) {
        long block = world.core.blocks().allocate(Geometry.BITS_PER_LEVEL, Blocks.MOVABLE_FIRST);
        AddressSpace space = leaf(world);
        world.put(block);
        return replaceFrame(world, space, LEAF, block);
    }

    /** The entry at {@code address} maps {@code pfn} instead; that frame. */
    private static long replaceFrame(AuditWorld world, AddressSpace space, long address, long pfn) {
        long bits = space.entryAt(address) & ~Entry.PFN_MASK;
        entry(world, space, address, bits | pfn << Entry.PFN_SHIFT);
        return pfn;
    }

    /** Puts {@code entry} in the place of the one at {@code address}; the table. */
    private static long entry(AuditWorld world, AddressSpace space, long address, long entry) {
        long spot = PageTables.lowest(world.core, Bridge.mm(space).root(), address);
        long at = Spot.entryAddress(world.core, spot, address);
        long before = Entries.exchange(at, entry);
        world.afterwards(() -> Entries.store(at, before));
        return Spot.table(spot);
    }
}

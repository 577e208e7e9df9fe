package io.pinfold.core.internal;

import static io.pinfold.core.internal.AuditClause.IDLE1;
import static io.pinfold.core.internal.AuditClause.IDLE2;
import static io.pinfold.core.internal.AuditClause.IDLE3;
import static io.pinfold.core.internal.AuditClause.SPACE1;
import static io.pinfold.core.internal.AuditClause.SPACE2;
import static io.pinfold.core.internal.AuditClause.SPACE3;
import static io.pinfold.core.internal.AuditClause.SPACE4;
import static io.pinfold.core.internal.AuditClause.SPACE5;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.mm.AddressSpace;
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
                AuditPlant.of(SPACE5, "an entire mapping that no leaf makes", world -> entireMappings(world, 2)),
                AuditPlant.of(SPACE5, "an entire mapping that was not counted", world -> entireMappings(world, 0)),
                AuditPlant.of(IDLE1, "a page that is left", AuditWorld::user),
                AuditPlant.of(IDLE1, "a folio that is left", AuditWorld::large),
                AuditPlant.of(IDLE2, "a table that is left", AuditWorld::table),
                AuditPlant.of(IDLE3, "a pagemap that is left", world -> world.pagemap(0).isLive() ? 0 : -1));
    }

    private static AddressSpace small(AuditWorld world) {
        return world.space(SMALL, 2L * Geometry.PAGE_BYTES);
    }

    private static AddressSpace leaf(AuditWorld world) {
        AddressSpace space = world.space(LEAF, LEAF_BYTES);
        assertThat(Entry.isHuge(space.entryAt(LEAF))).isTrue();
        return space;
    }

    private static long entireMappings(AuditWorld world, int mappings) {
        return world.setInt(leaf(world).frameAt(LEAF) + 1, PageLayout.ENTIRE_MAPCOUNT, mappings) - 1;
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

package io.pinfold.core.internal;

import static io.pinfold.core.internal.AuditClause.PINS1;
import static io.pinfold.core.internal.AuditClause.WAITING1;
import static io.pinfold.core.internal.AuditClause.WAITING2;
import static io.pinfold.core.internal.AuditClause.ZONE17;
import static io.pinfold.core.internal.AuditClause.ZONE18;
import static io.pinfold.core.internal.AuditClause.ZONE19;
import static io.pinfold.core.internal.AuditClause.ZONE20;
import static io.pinfold.core.internal.AuditClause.ZONE21;
import static io.pinfold.core.internal.AuditClause.ZONE22;
import static io.pinfold.core.internal.AuditClause.ZONE23;
import static io.pinfold.core.internal.AuditClause.ZONE24;
import static io.pinfold.core.internal.AuditClause.ZONE25;
import static io.pinfold.core.internal.AuditClause.ZONE26;
import static io.pinfold.core.internal.AuditClause.ZONE27;
import static io.pinfold.core.internal.AuditClause.ZONE41;
import static io.pinfold.core.internal.AuditClause.ZONE42;
import static io.pinfold.core.internal.AuditClause.ZONE43;

import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.zone.ZoneFigures;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import java.util.List;

/** What is planted in the records of frames that are not free, and in the figures of a zone and of the memory. */
final class FramePlants {
    private FramePlants() {
    }

    static List<AuditPlant> all() {
        return List.of(
                AuditPlant.of(ZONE17, "the first of a block on no list",
                        world -> type(world, world.user(), PageType.BUDDY)).with(ZONE42),
                AuditPlant.of(ZONE17, "the rest of a block on no list",
                        world -> type(world, world.user(), PageType.FREE_BODY)).with(ZONE42),
                AuditPlant.of(ZONE17, "never used and on no list",
                        world -> type(world, world.user(), PageType.NEVER_USED)).with(ZONE42),
                AuditPlant.of(ZONE18, "a device page", world -> type(world, world.user(), PageType.DEVICE))
                        .with(ZONE42),
                AuditPlant.of(ZONE18, "of no type", world -> type(world, world.user(), 15)).with(ZONE42),
                AuditPlant.of(ZONE19, "a last generation in use", world -> generation(world, world.user(), -1)),
                AuditPlant.of(ZONE20, "retired too early", world -> {
                    long user = world.user();
                    type(world, user, PageType.RETIRED);
                    return world.setCount(user, 0);
                }).with(ZONE42),
                AuditPlant.of(ZONE21, "a user page among tables", world -> type(world, world.table(), PageType.USER))
                        .with(ZONE42, ZONE43),
                AuditPlant.of(ZONE22, "a table among user pages", world -> type(world, world.user(), PageType.TABLE))
                        .with(ZONE42, ZONE43),
                AuditPlant.of(ZONE23, "a table with two references", world -> world.setCount(world.table(), 2)),
                AuditPlant.of(ZONE23, "a table without a reference", world -> world.setCount(world.table(), 0)),
                AuditPlant.of(ZONE24, "a user page that is reserved",
                        world -> type(world, world.user(), PageType.RESERVED)).with(ZONE42),
                AuditPlant.of(ZONE25, "a zero page without a reference", world -> {
                    long _ = world.folio(0, Blocks.NORMAL); // the audit looks below the frontier
                    return world.setCount(world.core.zeroPfn(), 0);
                }),
                AuditPlant.of(ZONE26, "retired with a reference", world -> {
                    long user = world.user();
                    type(world, user, PageType.RETIRED);
                    return generation(world, user, -1);
                }).with(ZONE42),
                AuditPlant.of(ZONE27, "a folio that was not drained", FramePlants::undrained),
                AuditPlant.of(ZONE41, "a free frame too many", world -> listed(world, 1)),
                AuditPlant.of(ZONE41, "a free frame too few", world -> listed(world, -1)),
                AuditPlant.of(ZONE42, "a user frame too many", world -> allocated(world, 1)),
                AuditPlant.of(ZONE42, "a user frame too few", world -> allocated(world, -1)),
                AuditPlant.of(ZONE43, "a table too many", world -> tables(world, 1)),
                AuditPlant.of(ZONE43, "a table too few", world -> tables(world, -1)),
                AuditPlant.of(WAITING1, "waiting with a reference",
                        world -> type(world, world.user(), PageType.WAITING)).with(WAITING2),
                AuditPlant.of(WAITING2, "a frame that waits and is not counted", world -> {
                    long user = world.user();
                    world.setCount(user, 0);
                    type(world, user, PageType.WAITING);
                    return 0;
                }),
                AuditPlant.of(PINS1, "a pin of a page that was not counted",
                        world -> pinned(world, world.user())),
                AuditPlant.of(PINS1, "a pin of a folio that was not counted",
                        world -> pinnedFolio(world, world.large())),
                AuditPlant.of(PINS1, "a pin of a device page that was not counted",
                        world -> pinned(world, world.pagemap(0).ranges().getFirst().firstPfn())),
                AuditPlant.of(PINS1, "a pin of a device folio that was not counted",
                        world -> pinnedFolio(world, world.pagemap(2).ranges().getFirst().firstPfn())),
                AuditPlant.of(PINS1, "a count without a pin", world -> count(world, 1)),
                AuditPlant.of(PINS1, "a release that was not counted", world -> count(world, -1)));
    }

    private static long type(AuditWorld world, long pfn, int type) {
        return world.setLong(pfn, PageLayout.FLAGS, PageType.toFlags(type));
    }

    private static long generation(AuditWorld world, long pfn, int generation) {
        return world.setInt(pfn, PageLayout.GENERATION, generation);
    }

    private static long pinned(AuditWorld world, long page) {
        world.setCount(page, 1 + PageRefs.PIN_BIAS);
        return 0;
    }

    private static long pinnedFolio(AuditWorld world, long head) {
        world.setCount(head, 2);
        world.setInt(head, PageLayout.PINCOUNT, 1);
        return 0;
    }

    private static long undrained(AuditWorld world) {
        FreeBatch forgotten = new FreeBatch(world.core);
        long large = world.core.blocks().allocate(3, Blocks.MOVABLE_FIRST);
        Grab.putReferences(world.core, large, 1, forgotten);
        world.afterwards(forgotten::drain);
        return large;
    }

    private static long listed(AuditWorld world, int by) {
        ZoneFigures.addListed(world.movable, by);
        world.afterwards(() -> ZoneFigures.addListed(world.movable, -by));
        return world.movable.start;
    }

    private static long allocated(AuditWorld world, int by) {
        ZoneFigures.addAllocated(world.movable, by);
        world.afterwards(() -> ZoneFigures.addAllocated(world.movable, -by));
        return world.movable.start;
    }

    private static long tables(AuditWorld world, int by) {
        ZoneFigures.addTables(world.normal, by);
        world.afterwards(() -> ZoneFigures.addTables(world.normal, -by));
        return world.normal.start;
    }

    private static long count(AuditWorld world, int pins) {
        acquired(world, pins);
        world.afterwards(() -> acquired(world, -pins));
        return 0;
    }

    private static void acquired(AuditWorld world, int pins) {
        Bridge.held(world.memory.newPageBatch(1)).countAcquired(0, pins);
    }
}

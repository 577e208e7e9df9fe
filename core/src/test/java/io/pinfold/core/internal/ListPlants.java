package io.pinfold.core.internal;

import static io.pinfold.core.internal.AuditClause.ZONE1;
import static io.pinfold.core.internal.AuditClause.ZONE10;
import static io.pinfold.core.internal.AuditClause.ZONE11;
import static io.pinfold.core.internal.AuditClause.ZONE12;
import static io.pinfold.core.internal.AuditClause.ZONE13;
import static io.pinfold.core.internal.AuditClause.ZONE14;
import static io.pinfold.core.internal.AuditClause.ZONE15;
import static io.pinfold.core.internal.AuditClause.ZONE16;
import static io.pinfold.core.internal.AuditClause.ZONE17;
import static io.pinfold.core.internal.AuditClause.ZONE2;
import static io.pinfold.core.internal.AuditClause.ZONE3;
import static io.pinfold.core.internal.AuditClause.ZONE4;
import static io.pinfold.core.internal.AuditClause.ZONE41;
import static io.pinfold.core.internal.AuditClause.ZONE42;
import static io.pinfold.core.internal.AuditClause.ZONE5;
import static io.pinfold.core.internal.AuditClause.ZONE6;
import static io.pinfold.core.internal.AuditClause.ZONE7;
import static io.pinfold.core.internal.AuditClause.ZONE8;
import static io.pinfold.core.internal.AuditClause.ZONE9;

import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageType;
import java.util.List;

/** What is planted in the free lists of a zone and in the records of free frames. */
final class ListPlants {
    private static final long BUDDY = PageType.toFlags(PageType.BUDDY);
    private static final long FREE_BODY = PageType.toFlags(PageType.FREE_BODY);

    private ListPlants() {
    }

    static List<AuditPlant> all() {
        return List.of(
                AuditPlant.of(ZONE1, "a list leads to the zone below",
                        world -> leadOut(world, world.freed(), world.movable.start - 1)),
                AuditPlant.of(ZONE1, "a list leads to the zone above",
                        world -> leadOut(world, world.freed(1, Blocks.NORMAL).getFirst(), world.normal.end)),
                AuditPlant.of(ZONE2, "a list leads round", world -> {
                    long freed = world.freed();
                    return next(world, freed, freed);
                }).with(ZONE6, ZONE8),
                AuditPlant.of(ZONE3, "a list leads to a user page", world -> {
                    long freed = world.freed();
                    return leadOut(world, freed, freed - 1);
                }),
                AuditPlant.of(ZONE4, "a block of another order",
                        world -> world.setLong(world.freed(), PageLayout.BUDDY_ORDER, 1)).with(ZONE17, ZONE41),
                AuditPlant.of(ZONE5, "a block that is not aligned", ListPlants::misaligned).with(ZONE17, ZONE42),
                AuditPlant.of(ZONE6, "a first block that leads back", world -> {
                    long freed = world.freed();
                    return world.setLong(freed, PageLayout.BUDDY_PREV, freed - 1);
                }),
                AuditPlant.of(ZONE6, "a second block that leads nowhere back", world -> {
                    List<Long> freed = world.freed(2, Blocks.MOVABLE_FIRST);
                    return world.setLong(freed.get(1), PageLayout.BUDDY_PREV, 0);
                }),
                AuditPlant.of(ZONE7, "a list that is shorter than it says", world -> {
                    next(world, world.freed(2, Blocks.MOVABLE_FIRST).getFirst(), 0);
                    return 0;
                }).with(ZONE17, ZONE41),
                AuditPlant.of(ZONE7, "a list that is longer than it says", world -> {
                    long freed = world.freed();
                    append(world, freed, freed - 1, 0);
                    return 0;
                }).with(ZONE41, ZONE42),
                AuditPlant.of(ZONE8, "a block inside another one", world -> {
                    long freed = world.freed();
                    return append(world, freed, freed + 4, 0); // of the block of order 2 that begins three frames on
                }).with(ZONE7, ZONE14),
                AuditPlant.of(ZONE9, "blocks on each other's list", ListPlants::exchanged),
                AuditPlant.of(ZONE10, "a reference", world -> world.setCount(world.freed(), 1)),
                AuditPlant.of(ZONE10, "a reference too few", world -> world.setCount(world.freed(), -1)),
                AuditPlant.of(ZONE11, "a mapping", world -> world.setInt(world.freed(), PageLayout.MAPCOUNT, 1)),
                AuditPlant.of(ZONE12, "a pin", world -> world.setInt(world.freed(), PageLayout.PINCOUNT, 1)),
                AuditPlant.of(ZONE13, "a tail", world -> {
                    long freed = world.freed();
                    return world.setLong(freed, PageLayout.COMPOUND, Compound.ofTail(freed - 1));
                }),
                AuditPlant.of(ZONE13, "a large head",
                        world -> world.setLong(world.freed(), PageLayout.COMPOUND, Compound.ofHead(1))),
                AuditPlant.of(ZONE14, "never used, and typed as if", world -> world.setLong(world.freed() + 4,
                        PageLayout.FLAGS, FREE_BODY)),
                AuditPlant.of(ZONE15, "used, and typed as if not", world -> world.setInt(world.freed() + 4,
                        PageLayout.GENERATION, 1)),
                AuditPlant.of(ZONE16, "a first frame without a generation left",
                        world -> world.setInt(world.freed(), PageLayout.GENERATION, -1)),
                AuditPlant.of(ZONE16, "another frame without a generation left", world -> {
                    long body = world.freed() + 4;
                    world.setInt(body, PageLayout.GENERATION, -1);
                    return world.setLong(body, PageLayout.FLAGS, FREE_BODY);
                }));
    }

    private static long next(AuditWorld world, long pfn, long next) {
        return world.setLong(pfn, PageLayout.BUDDY_NEXT, next);
    }

    /** The list goes on at a frame that does not belong to it; that frame. */
    private static long leadOut(AuditWorld world, long pfn, long to) {
        next(world, pfn, to);
        return to;
    }

    /** Makes {@code pfn} a free block of an order behind {@code last}, the last block of a list; {@code pfn}. */
    private static long append(AuditWorld world, long last, long pfn, int order) {
        world.setCount(pfn, 0);
        world.setLong(pfn, PageLayout.FLAGS, BUDDY);
        world.setLong(pfn, PageLayout.BUDDY_ORDER, order);
        world.setLong(pfn, PageLayout.BUDDY_PREV, last);
        next(world, pfn, 0);
        next(world, last, pfn);
        return pfn;
    }

    /** A user page with an odd number becomes a block of order 1. */
    private static long misaligned(AuditWorld world) {
        long first = world.user();
        long odd = world.user();
        return append(world, first + 2, odd, 1); // the rest of the block of order 2 that both were cut from
    }

    /** The second blocks of the lists of order 0 of two types stand on each other's list. */
    private static long exchanged(AuditWorld world) {
        List<Long> some = world.freed(2, Blocks.MOVABLE_FIRST);
        world.core.blocks().setMigrateType(some.getFirst(), MigrateType.CMA);
        world.afterwards(() -> world.core.blocks().setMigrateType(some.getFirst(), MigrateType.MOVABLE));
        List<Long> others = world.freed(2, Blocks.MOVABLE_FIRST);
        next(world, some.getFirst(), others.getLast());
        next(world, others.getFirst(), some.getLast());
        world.setLong(others.getLast(), PageLayout.BUDDY_PREV, some.getFirst());
        world.setLong(some.getLast(), PageLayout.BUDDY_PREV, others.getFirst());
        return some.getLast();
    }
}

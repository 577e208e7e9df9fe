package io.pinfold.core.internal;

import static io.pinfold.core.internal.AuditClause.PINS1;
import static io.pinfold.core.internal.AuditClause.ZONE18;
import static io.pinfold.core.internal.AuditClause.ZONE28;
import static io.pinfold.core.internal.AuditClause.ZONE29;
import static io.pinfold.core.internal.AuditClause.ZONE30;
import static io.pinfold.core.internal.AuditClause.ZONE31;
import static io.pinfold.core.internal.AuditClause.ZONE32;
import static io.pinfold.core.internal.AuditClause.ZONE33;
import static io.pinfold.core.internal.AuditClause.ZONE34;
import static io.pinfold.core.internal.AuditClause.ZONE35;
import static io.pinfold.core.internal.AuditClause.ZONE36;
import static io.pinfold.core.internal.AuditClause.ZONE37;
import static io.pinfold.core.internal.AuditClause.ZONE38;
import static io.pinfold.core.internal.AuditClause.ZONE39;
import static io.pinfold.core.internal.AuditClause.ZONE40;
import static io.pinfold.core.internal.AuditClause.ZONE42;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageType;
import java.util.List;

/** What is planted in folios of users: in the words that tie tails to heads, and in the counts of a head. */
final class FolioPlants {
    private FolioPlants() {
    }

    static List<AuditPlant> all() {
        return List.of(
                AuditPlant.of(ZONE28, "a tail of a head in the zone below",
                        world -> tail(world, world.user(), world.movable.start - 1)),
                AuditPlant.of(ZONE28, "a tail of a head in the zone above",
                        world -> tail(world, world.folio(0, Blocks.NORMAL), world.normal.end)),
                AuditPlant.of(ZONE29, "a tail of a tail", world -> tail(world, world.user(), world.large() + 1)),
                AuditPlant.of(ZONE30, "a tail in front of its head", world -> {
                    long first = world.user();
                    return tail(world, first, world.user());
                }),
                AuditPlant.of(ZONE31, "a tail behind its folio", world -> {
                    long first = world.user();
                    return tail(world, world.user(), first);
                }),
                AuditPlant.of(ZONE32, "tails of what is no user page",
                        world -> 1 + world.setLong(world.large(), PageLayout.FLAGS, PageType.toFlags(PageType.DEVICE)))
                        .with(ZONE18, ZONE42),
                AuditPlant.of(ZONE33, "a count of a tail", world -> world.setCount(world.large() + 1, 1)),
                AuditPlant.of(ZONE34, "a page in the midst of a folio", world -> {
                    long page = world.large() + 2;
                    world.setLong(page, PageLayout.COMPOUND, Compound.NONE);
                    return world.setCount(page, 1);
                }),
                AuditPlant.of(ZONE34, "a page at the end of a folio", world -> {
                    long page = world.large() + 7;
                    world.setLong(page, PageLayout.COMPOUND, Compound.NONE);
                    return world.setCount(page, 1);
                }),
                AuditPlant.of(ZONE35, "a folio that is not aligned", FolioPlants::misaligned),
                AuditPlant.of(ZONE36, "a page without a reference", world -> world.setCount(world.user(), 0)),
                AuditPlant.of(ZONE36, "a page with references below 0", world -> world.setCount(world.user(), -5))
                        .with(ZONE38),
                AuditPlant.of(ZONE37, "pins below 0", world -> pins(world, world.large(), -1)).with(PINS1),
                AuditPlant.of(ZONE38, "more pins than references", world -> pins(world, world.large(), 2)).with(PINS1),
                AuditPlant.of(ZONE39, "entire mappings below 0",
                        world -> entireMappings(world, -1)),
                AuditPlant.of(ZONE40, "more mappings than references of a page",
                        world -> world.setInt(world.user(), PageLayout.MAPCOUNT, 2)),
                AuditPlant.of(ZONE40, "more mappings than references of a folio's last page",
                        world -> world.setInt(world.large() + 7, PageLayout.MAPCOUNT, 2) - 7),
                AuditPlant.of(ZONE40, "more entire mappings than references",
                        world -> entireMappings(world, 2)),
                AuditPlant.of(ZONE40, "a mapping and a pin with one reference", world -> {
                    long large = world.large();
                    world.setInt(large, PageLayout.MAPCOUNT, 1);
                    return pins(world, large, 1);
                }).with(PINS1));
    }

    private static long tail(AuditWorld world, long pfn, long head) {
        world.setLong(pfn, PageLayout.COMPOUND, Compound.ofTail(head));
        return world.setCount(pfn, 0);
    }

    private static long pins(AuditWorld world, long head, int pins) {
        return world.setInt(head, PageLayout.PINCOUNT, pins);
    }

    private static long entireMappings(AuditWorld world, int mappings) {
        return world.setInt(world.large() + 1, PageLayout.ENTIRE_MAPCOUNT, mappings) - 1;
    }

    /** The second and the third of four pages become a folio. */
    private static long misaligned(AuditWorld world) {
        long first = world.user();
        long odd = world.user();
        long last = world.user();
        assertThat(List.of(odd, last)).containsExactly(first + 1, first + 2);
        world.setLong(odd, PageLayout.COMPOUND, Compound.ofHead(1));
        tail(world, last, odd);
        return odd;
    }
}

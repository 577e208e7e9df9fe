package io.pinfold.core.internal;

import static io.pinfold.core.internal.AuditClause.DEVICE1;
import static io.pinfold.core.internal.AuditClause.DEVICE10;
import static io.pinfold.core.internal.AuditClause.DEVICE11;
import static io.pinfold.core.internal.AuditClause.DEVICE2;
import static io.pinfold.core.internal.AuditClause.DEVICE3;
import static io.pinfold.core.internal.AuditClause.DEVICE4;
import static io.pinfold.core.internal.AuditClause.DEVICE5;
import static io.pinfold.core.internal.AuditClause.DEVICE6;
import static io.pinfold.core.internal.AuditClause.DEVICE7;
import static io.pinfold.core.internal.AuditClause.DEVICE8;
import static io.pinfold.core.internal.AuditClause.DEVICE9;
import static io.pinfold.core.internal.AuditClause.PINS1;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageType;
import java.util.List;

/** What is planted in device pages and in the references of their pagemaps. */
final class DevicePlants {
    private static final int ORDER = 2;

    private DevicePlants() {
    }

    static List<AuditPlant> all() {
        return List.of(
                AuditPlant.of(DEVICE1, "a page of another type", world -> world.setLong(first(world.pagemap(0)) + 1,
                        PageLayout.FLAGS, PageType.toFlags(PageType.USER))),
                AuditPlant.of(DEVICE2, "a page of another pagemap", world -> {
                    long other = world.pagemap(0).id();
                    return world.setLong(first(world.pagemap(0)), PageLayout.PGMAP, other);
                }),
                AuditPlant.of(DEVICE3, "a tail of another head", world -> {
                    long head = first(world.pagemap(ORDER));
                    return world.setLong(head + 1, PageLayout.COMPOUND, Compound.ofTail(head + (1 << ORDER)));
                }),
                AuditPlant.of(DEVICE3, "a head in the place of a tail",
                        world -> world.setLong(first(world.pagemap(ORDER)) + 1, PageLayout.COMPOUND, Compound.NONE)),
                AuditPlant.of(DEVICE4, "a head of another order", world -> world.setLong(first(world.pagemap(ORDER)),
                        PageLayout.COMPOUND, Compound.ofHead(ORDER + 1))),
                AuditPlant.of(DEVICE5, "a count of a tail",
                        world -> world.setCount(first(world.pagemap(ORDER)) + 1, 1)),
                AuditPlant.of(DEVICE6, "a count of 0 in a live pagemap",
                        world -> world.setCount(first(world.pagemap(0)), 0)),
                AuditPlant.of(DEVICE7, "a count below 0 in a pagemap that goes", world -> {
                    DevPagemap pagemap = world.pagemap(0);
                    pagemap.kill();
                    return world.setCount(first(pagemap), -1);
                }).with(DEVICE9),
                AuditPlant.of(DEVICE8, "pins below 0", world -> pins(world, -1)).with(PINS1),
                AuditPlant.of(DEVICE9, "more pins than references", world -> pins(world, 2)).with(PINS1),
                AuditPlant.of(DEVICE10, "a look-up that kept its reference",
                        world -> lookUp(world, world.pagemap(0))),
                AuditPlant.of(DEVICE11, "a look-up that kept its reference over the kill", world -> {
                    DevPagemap pagemap = world.pagemap(0);
                    lookUp(world, pagemap);
                    pagemap.kill();
                    return 0;
                }));
    }

    private static long first(DevPagemap pagemap) {
        return pagemap.ranges().getFirst().firstPfn();
    }

    private static long pins(AuditWorld world, int pins) {
        return world.setInt(first(world.pagemap(ORDER)), PageLayout.PINCOUNT, pins);
    }

    private static long lookUp(AuditWorld world, DevPagemap pagemap) {
        SharedSlot slot = world.core.slots().open(0);
        slot.enter();
        long kept = world.core.pagemaps().registry().get(first(pagemap), 0, slot.stripe());
        slot.exit();
        world.afterwards(() -> {
            slot.enter();
            world.core.pagemaps().registry().put(kept, slot.stripe());
            slot.exit();
            slot.close();
        });
        return 0;
    }
}

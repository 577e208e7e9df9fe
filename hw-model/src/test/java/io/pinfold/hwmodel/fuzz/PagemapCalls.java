package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.PAGEMAPS;
import static io.pinfold.hwmodel.fuzz.Gens.PFN;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapOptions.Removal;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import java.util.Objects;

/** Calls on pagemaps that are not mapped: added, killed, closed, and queried afterwards. */
final class PagemapCalls {
    private static final Gen LIVE = Gens.live(DevPagemap.class);

    private PagemapCalls() {
    }

    static void add(Calls calls) {
        Class<DevPagemaps> pagemaps = DevPagemaps.class;
        Class<DevPagemap> type = DevPagemap.class;
        calls.maker(type, calls.add(pagemaps, "add(DevPagemapOptions)", PAGEMAPS, PagemapCalls::options).makes(6)
                .weight(4));
        calls.add(pagemaps, "tryAdd(DevPagemapOptions)", PAGEMAPS, PagemapCalls::options).succeeds(Objects::nonNull)
                .makes(6);
        calls.add(pagemaps, "of(long)", PAGEMAPS, PFN);
        calls.add(pagemaps, "findFree(long,long)", PAGEMAPS, Gens.of(512L), Gens.of(512L))
                .succeeds(result -> (Long) result >= 0).then((draw, target, arguments, result) -> {
                    if (target == draw.memory().pagemaps() && ((Long) result < draw.memory().deviceStart()
                            || (Long) result >= draw.memory().frames())) {
                        draw.finding("no frame of the window", "findFree answers " + result);
                    }
                });
        calls.rest(pagemaps, PAGEMAPS);

        calls.add(type, "contains(long)", LIVE, PFN);
        calls.add(type, "isLive()", LIVE).then((draw, target, arguments, result) -> {
            // killed by its owner, which takes it out of the live ones first
            if (!(Boolean) result && draw.world.live(type).all().contains(target)) {
                draw.finding("killed by no call", target.toString());
            }
        });
        calls.add(type, "kill()", owned()).then((draw, target, arguments, result) -> {
            draw.world.killed.add((DevPagemap) target);
        });
        calls.add(type, "remove()", owned()).then(Closing::buried);
        calls.add(type, "step()", dying()).whenTrue().then((draw, target, arguments, result) -> draw.undoClaims());
        calls.add(type, "awaitDone()", dying()).then((draw, target, arguments, result) -> draw.undoClaims());
        calls.add(type, "close()", Gen.exact(draw -> {
            if (draw.oneIn(6) && Hostility.DEAD.isOn()) {
                return draw.world.dead(type).pick(draw.random);
            }
            if (draw.world.killed.size() == 0) {
                Object _ = draw.actor.run(draw.actor.calls.of("DevPagemap.kill()"));
            }
            return draw.claim(draw.world.killed);
        })).then(Closing::buried);
        calls.rest(type, LIVE);
    }

    /** A pagemap of its owner alone: no page of it is mapped or held, so its end does not wait. */
    private static Gen owned() {
        return Gen.exact(draw -> {
            if (draw.oneIn(6) && Hostility.DEAD.isOn()) {
                return draw.world.dead(DevPagemap.class).pick(draw.random);
            }
            Object _ = draw.live(DevPagemap.class);
            return draw.claim(draw.world.live(DevPagemap.class));
        });
    }

    /** A killed pagemap. */
    private static Gen dying() {
        return Gen.exact(draw -> {
            if (draw.oneIn(6) && Hostility.DEAD.isOn()) {
                return draw.world.dead(DevPagemap.class).pick(draw.random);
            }
            if (draw.world.killed.size() == 0) {
                Object _ = draw.actor.run(draw.actor.calls.of("DevPagemap.kill()"));
            }
            // another thread may close it meanwhile, if closed objects are used at all
            return Hostility.DEAD.isOn() ? draw.world.killed.pick(draw.random) : draw.claim(draw.world.killed);
        });
    }

    private static Object options(Draw draw) {
        long first = draw.memory().pagemaps().findFree(512, 512);
        if (first < 0) {
            return null;
        }
        DevPagemapType kind = DevPagemapType.values()[draw.random.nextInt(5)];
        DevPagemapOptions options = DevPagemapOptions.of(kind, first, 512).withOps(Drivers.ops(draw.world));
        return draw.oneIn(4) ? options.withOrder(9)
                : draw.oneIn(4) ? options.withRemoval(Removal.LOOKUPS_HOLD) : options;
    }
}

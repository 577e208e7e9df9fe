package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.CAPACITY;
import static io.pinfold.hwmodel.fuzz.Gens.MEMORY;
import static io.pinfold.hwmodel.fuzz.Gens.NAME;
import static io.pinfold.hwmodel.fuzz.Gens.PFN;
import static io.pinfold.hwmodel.fuzz.Gens.SMALL;

import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryLease;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.SpaceAudit;
import java.util.List;
import java.util.function.Consumer;

/** Calls on a whole memory. */
final class MemoryCalls {
    /** A quiescent memory that only this thread uses. */
    static final Gen SIDE = Gen.exact(draw -> draw.actor.pickOrMake(draw.actor.own(PhysicalMemory.class),
            PhysicalMemory.class));

    private MemoryCalls() {
    }

    static void add(Calls calls) {
        Class<PhysicalMemory> type = PhysicalMemory.class;
        calls.maker(type, calls.add(type, "open(MemoryOptions)", null,
                draw -> MemoryOptions.ofRam(8L << 20).withDeviceBytes(draw.random.nextInt(2) * 4L << 20))
                .then((draw, target, arguments, result) -> {
                    draw.actor.own(type).add(result);
                    Object oldest = draw.actor.own(type).overflow(2);
                    if (oldest != null) {
                        Object _ = draw.actor.make(draw.actor.calls.of("PhysicalMemory.close()"), oldest);
                    }
                }));
        for (String one : List.of("nodeOf", "zoneOf", "page", "isLongtermPinnable")) {
            calls.add(type, one + "(long)", MEMORY, PFN);
        }
        calls.add(type, "isLongtermPinnable(long,int)", MEMORY, PFN, SMALL);
        calls.add(type, "newPageBatch(int)", MEMORY, CAPACITY).makesOwn(8);
        calls.add(type, "newExtentBatch(int)", MEMORY, CAPACITY).makesOwn(5);
        calls.maker(MemoryLease.class, calls.add(type, "use(String)", MEMORY, NAME).makes(4));
        calls.add(type, "close()", Gen.exact(draw -> draw.oneIn(8) ? draw.memory()
                : draw.claim(draw.actor.own(PhysicalMemory.class)) instanceof PhysicalMemory side ? side : null))
                .then((draw, target, arguments, result) -> {
                    if (target == draw.memory()) {
                        draw.finding("closed under users", "the memory is closed although the round uses it");
                    }
                });
        calls.add(MemoryLease.class, "close()", Gens.closing(MemoryLease.class, false)).then(Closing::buried);
        calls.rest(MemoryLease.class, Gens.live(MemoryLease.class));

        calls.add(MemoryAudit.class, "check(PhysicalMemory)", null, SIDE).then(MemoryCalls::clean);
        calls.add(MemoryAudit.class, "checkIdle(PhysicalMemory)", null, SIDE).then(MemoryCalls::clean);
        Consumer<Object> nothing = page -> {
        };
        calls.add(MemoryAudit.class, "forEachAllocated(PhysicalMemory,Consumer)", null, SIDE, draw -> nothing);
        calls.add(SpaceAudit.class, "check(PhysicalMemory,List)", null, SIDE, Gen.exact(draw -> List.of()))
                .then(MemoryCalls::clean);
        calls.rest(type, MEMORY);
    }

    private static void clean(Draw draw, Object target, Object[] arguments, Object result) {
        if (arguments[0] != draw.world.closed && !((List<?>) result).isEmpty()) {
            draw.finding("audit of an empty memory", result.toString());
        }
    }
}

package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.MEMORY;
import static io.pinfold.hwmodel.fuzz.Gens.live;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.mm.DeviceFrames;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.mm.HugetlbMemory;
import io.pinfold.core.mm.MappedObject;
import io.pinfold.core.mm.SharedMemory;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.hwmodel.device.ZoneDevice;
import java.util.List;
import java.util.function.LongSupplier;

/** Calls on objects that can be mapped: shared memory, reserved huge pages, memory of a device. */
final class ObjectCalls {
    private static final Gen LEVEL = draw -> draw.random.nextInt(Geometry.HIGHEST_LEAF + 1);
    private static final Gen OBJECT = draw -> draw.chosen = draw.live(DeviceObject.class);
    private static final Gen FIRST_PAGE = draw -> draw.random
            .nextLong(Math.min(((DeviceObject) draw.chosen).pages(), 64));
    private static final Gen COUNT = draw -> 1L + draw.random.nextInt(4);

    private ObjectCalls() {
    }

    static void add(Calls calls) {
        Gen bytes = draw -> 1 + draw.random.nextLong(64) << 12;
        Gen order = Gens.below(5);
        Class<SharedMemory> shared = SharedMemory.class;
        calls.maker(shared, calls.add(shared, "create(PhysicalMemory,long)", null, MEMORY, bytes).makes(5));
        calls.add(shared, "create(PhysicalMemory,long,int)", null, MEMORY, bytes, order).makes(5);
        calls.add(shared, "frameOf(long)", live(shared), draw -> draw.random.nextLong(64));
        calls.rest(shared, live(shared));

        Class<HugetlbMemory> huge = HugetlbMemory.class;
        calls.maker(huge, calls.add(huge, "create(PhysicalMemory,long,int)", null, MEMORY, draw -> 2L << 20,
                Gens.of(Geometry.PMD)).makes(2).weight(4));
        calls.add(huge, "frameOf(int)", live(huge), Gens.of(0));
        calls.rest(huge, live(huge));

        Class<DeviceObject> device = DeviceObject.class;
        Gen frames = draw -> {
            ZoneDevice one = draw.world.permanent.get(draw.random.nextInt(3));
            draw.chosen = Drivers.frames(draw.world, one);
            draw.first = one.pagemap().type().ordinal();
            return draw.chosen;
        };
        // the type is drawn with the frames, which are the next arguments
        calls.maker(device, calls
                .add(device, "create(PhysicalMemory,DevPagemapType,long,int,DeviceFrames)", null, MEMORY,
                        draw -> frames.draw(draw) instanceof DeviceFrames ? DevPagemapType.values()[(int) draw.first]
                                : null,
                        draw -> List.of(512L, 512L, 1024L, 262_144L).get(draw.random.nextInt(4)), LEVEL,
                        draw -> draw.chosen)
                .makes(6));
        calls.add(device, "unmap(long,long)", OBJECT, FIRST_PAGE, COUNT);
        LongSupplier answer = () -> 1;
        calls.add(device, "unmapAndThen(long,long,LongSupplier)", OBJECT, FIRST_PAGE, COUNT, draw -> {
            if (!draw.oneIn(8) || !Hostility.THROWS.isOn()) {
                return answer;
            }
            LongSupplier thrower = () -> {
                throw new Planned();
            };
            return thrower;
        });
        calls.add(device, "shutDown()", Gens.closing(device, false)).then((draw, target, arguments, result) -> {
            Object _ = draw.actor.make(draw.actor.calls.of("MappedObject.close()"), target);
        });
        calls.rest(device, live(device));

        List<Gen> closing = List.of(Gens.closing(shared, false), Gens.closing(huge, false),
                Gens.closing(device, false));
        calls.add(MappedObject.class, "close()", Gen.exact(draw -> closing.get(draw.random.nextInt(3)).draw(draw)))
                .then(Closing::buried).weight(9);
    }
}

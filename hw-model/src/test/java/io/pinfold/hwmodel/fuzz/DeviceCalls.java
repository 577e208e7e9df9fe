package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.MEMORY;
import static io.pinfold.hwmodel.fuzz.Gens.live;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.hwmodel.device.DaxFile;
import io.pinfold.hwmodel.device.PrivateMemory;
import io.pinfold.hwmodel.device.ZoneDevice;
import io.pinfold.hwmodel.fuzz.World.DevicePage;
import java.util.Set;

/** Calls on devices with memory of their own, on DAX files, and on memory that only a device reaches. */
final class DeviceCalls {
    private static final Gen DEVICE = live(ZoneDevice.class);
    private static final Gen PERMANENT = Gen.exact(draw -> draw.world.permanent.get(draw.random.nextInt(3)));
    private static final Gen LEVEL = draw -> draw.random.nextInt(Geometry.HIGHEST_LEAF + 1);
    private static final Set<Integer> ERRORS = Set.of(Errno.EFAULT, Errno.EBUSY, Errno.EINVAL, Errno.ENOMEM);
    private static final Gen TYPE = draw -> DevPagemapType.values()[draw.random.nextInt(5)];
    /** The page that was drawn with the device. */
    private static final Gen CHOSEN_PAGE = Gen.exact(draw -> ((DevicePage) draw.chosen).pfn());
    private static final Gen FIRST = draw -> draw.random.nextInt(8);
    private static final Gen COUNT = draw -> 1 + draw.random.nextInt(8);

    private DeviceCalls() {
    }

    static void add(Calls calls) {
        Class<ZoneDevice> type = ZoneDevice.class;
        calls.maker(type, calls.add(type, "plug(PhysicalMemory,DevPagemapType,int)", null, MEMORY, TYPE, Gens.of(512))
                .makes(6));
        calls.add(type, "plug(PhysicalMemory,DevPagemapType,int,int)", null, MEMORY, TYPE, Gens.of(1), Gens.of(9))
                .makes(6);
        calls.add(type, "isBusy(long)", draw -> draw.chosen = draw.live(type),
                draw -> ((ZoneDevice) draw.chosen).firstPfn());
        calls.add(type, "takePage()", DEVICE).errors(ERRORS).then((draw, target, arguments, result) -> draw.world.taken
                .add(new DevicePage((ZoneDevice) target, (Long) result)));
        calls.add(type, "takeReferencedPage()", DEVICE).errors(ERRORS)
                .then((draw, target, arguments, result) -> draw.world.referenced
                        .add(new DevicePage((ZoneDevice) target, (Long) result)));
        calls.add(type, "giveBackPage(long)", deviceOf(false), CHOSEN_PAGE);
        calls.add(type, "putPage(long)", deviceOf(true), CHOSEN_PAGE);
        calls.add(type, "openWhole(int)", PERMANENT, LEVEL).makes(6);
        calls.add(type, "open(long,int,DeviceFrames)", PERMANENT, draw -> 512L, LEVEL,
                draw -> Drivers.frames(draw.world, draw.world.permanent.get(draw.random.nextInt(3)))).makes(6);
        calls.add(type, "startUnplug()", Gens.closing(type, false))
                .then((draw, target, arguments, result) -> draw.world.unplugging.add((ZoneDevice) target));
        calls.add(type, "unplug()", unused()).then(Closing::buried);
        calls.add(type, "close()", unused()).then(Closing::buried);
        calls.rest(type, DEVICE);
        privateMemory(calls);
        daxFiles(calls);
    }

    private static void privateMemory(Calls calls) {
        Class<PrivateMemory> type = PrivateMemory.class;
        calls.maker(type, calls.add(type, "new(PhysicalMemory,int)", null, MEMORY, Gens.of(512)).makes(2));
        calls.add(type, "moveHere(AddressSpace,long)", live(type), DeviceCalls::touchedSpace, Gens.ADDRESS)
                .errors(ERRORS)
                .weight(4);
        calls.add(type, "close()", Gen.exact(draw -> {
            Object device = Gens.closing(type, false).draw(draw);
            boolean isEmpty = device != null && ((PrivateMemory) device).device().busyPages() == 0;
            return isEmpty && isUnused(((PrivateMemory) device).device()) ? device : null;
        })).then(Closing::buried).weight(4);
        calls.rest(type, live(type));
        calls.add(AddressSpace.class, "migrateToDevice(long,long)", DeviceCalls::touchedSpace, Gens.ADDRESS,
                Gen.exact(DeviceCalls::sparePage)).errors(ERRORS).weight(4);
    }

    private static void daxFiles(Calls calls) {
        Class<DaxFile> type = DaxFile.class;
        calls.maker(type, calls.add(type, "new(ZoneDevice,int)", null, Gen.exact(draw -> draw.world.permanent.get(0)),
                Gens.of(16)).makes(3));
        calls.add(type, "object()", live(type));
        calls.add(type, "blockOf(int)", live(type), FIRST);
        calls.add(type, "tryPunchHole(int,int)", live(type), FIRST, COUNT);
        calls.add(type, "punchHole(int,int)", live(type), FIRST, COUNT).waits();
        calls.add(type, "close()", Gens.closing(type, false)).then(Closing::buried).waits();
    }

    /** A space with a present private page. */
    private static Object touchedSpace(Draw draw) {
        Range range = draw.range(candidate -> candidate.kind() == Range.Kind.PRIVATE);
        CpuCalls.touch(draw);
        return range == null ? null : draw.space;
    }

    private static Object sparePage(Draw draw) {
        if (draw.oneIn(8)) {
            return 512L; // of RAM
        }
        Object device = draw.live(PrivateMemory.class);
        return device == null ? null : draw.actor.make(draw.actor.calls.of("ZoneDevice.takePage()"),
                ((PrivateMemory) device).device());
    }

    /** The device of a page that was taken, and not given back yet. */
    private static Gen deviceOf(boolean isReferenced) {
        return Gen.exact(draw -> {
            Pool<DevicePage> pool = isReferenced ? draw.world.referenced : draw.world.taken;
            if (pool.size() == 0) {
                Object _ = draw.actor.run(draw.actor.calls
                        .of(isReferenced ? "ZoneDevice.takeReferencedPage()" : "ZoneDevice.takePage()"));
            }
            DevicePage page = draw.claim(pool);
            draw.chosen = page;
            return page == null ? null : page.device();
        });
    }

    /** A device that is being unplugged and has no held page, so that its end does not wait. */
    private static Gen unused() {
        return Gen.exact(draw -> {
            if (draw.world.unplugging.size() == 0) {
                Object _ = draw.actor.run(draw.actor.calls.of("ZoneDevice.startUnplug()"));
            }
            ZoneDevice device = draw.claim(draw.world.unplugging);
            return device != null && isUnused(device) ? device : null;
        });
    }

    private static boolean isUnused(ZoneDevice device) {
        device.startUnplug();
        return device.isUnused();
    }
}

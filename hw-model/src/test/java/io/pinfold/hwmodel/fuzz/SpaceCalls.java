package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.ADDRESS;
import static io.pinfold.hwmodel.fuzz.Gens.BYTES;
import static io.pinfold.hwmodel.fuzz.Gens.MAPPED_SPACE;
import static io.pinfold.hwmodel.fuzz.Gens.MEMORY;
import static io.pinfold.hwmodel.fuzz.Gens.SPACE;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.mm.HugetlbMemory;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.MappedObject;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SharedMemory;
import io.pinfold.core.pgtable.Geometry;
import java.util.Set;

/** Calls on address spaces and their mappings. */
final class SpaceCalls {
    private static final int RANGES = 48;
    private static final int[] ADVICE = {AddressSpace.MADV_DONTNEED, AddressSpace.MADV_DONTNEED,
            AddressSpace.MADV_HUGEPAGE,
            AddressSpace.MADV_NOHUGEPAGE};
    private static final Set<Integer> ERRORS = Set.of(Errno.EINVAL, Errno.ENOMEM, Errno.EOVERFLOW, Errno.EAGAIN,
            Errno.EFAULT, Errno.EBUSY, Errno.EHWPOISON, Errno.EINTR);

    private SpaceCalls() {
    }

    static void add(Calls calls) {
        Class<AddressSpace> type = AddressSpace.class;
        calls.maker(type, calls.add(type, "create(PhysicalMemory)", null, MEMORY).makes(5));
        calls.add(type, "mmap(long,long,int,int)", SPACE, SpaceCalls::place, SpaceCalls::size, SpaceCalls::protection,
                SpaceCalls::flags).then(SpaceCalls::mapped).errors(ERRORS).weight(4).deep();
        calls.add(type, "mmap(long,long,int,int,MappedObject,long)", SPACE, SpaceCalls::place, SpaceCalls::objectSize,
                SpaceCalls::protection, SpaceCalls::objectFlags, draw -> draw.chosen,
                draw -> (long) draw.random.nextInt(2))
                .then(SpaceCalls::mapped).errors(ERRORS).weight(4).deep();
        calls.add(type, "munmap(long,long)", MAPPED_SPACE,
                draw -> draw.oneIn(2) ? draw.range().start() : draw.address(),
                draw -> draw.oneIn(2) ? draw.range().bytes() : draw.bytes()).errors(ERRORS)
                .then((draw, target, arguments, result) -> forget(draw, target, (Long) arguments[0],
                        (Long) arguments[1]))
                .deep();
        calls.add(type, "mprotect(long,long,int)", MAPPED_SPACE, ADDRESS, BYTES, SpaceCalls::protection)
                .errors(ERRORS).deep();
        // advice that breaks frames for good is given to single pages, because otherwise no frame would be left
        calls.add(type, "madvise(long,long,int)", MAPPED_SPACE, Gen.exact(ADDRESS), Gen.exact(draw -> {
            draw.first = draw.oneIn(24) ? AddressSpace.MADV_HWPOISON : ADVICE[draw.random.nextInt(ADVICE.length)];
            return draw.first == AddressSpace.MADV_HWPOISON ? 4096L : draw.bytes();
        }), draw -> (int) draw.first).errors(ERRORS).deep();
        calls.add(type, "setThpPolicy(ThpPolicy)", SPACE, draw -> ThpPolicy.values()[draw.random.nextInt(3)]);
        calls.add(type, "setFolioOrder(int)", SPACE, draw -> draw.oneIn(4) ? draw.random.nextInt(5) : 0);
        calls.add(type, "frameAt(long)", MAPPED_SPACE, ADDRESS).then((draw, target, arguments, result) -> {
            long address = (Long) arguments[0];
            if ((Long) result != 0 && (address < 0 || address >= Geometry.USER_END)) {
                draw.finding("alias", "frame " + result + " at 0x" + Long.toHexString(address));
            }
        });
        calls.add(type, "entryAt(long)", MAPPED_SPACE, ADDRESS);
        calls.add(type, "entryText(long)", null, draw -> draw.random.nextLong());
        calls.add(type, "close()", Gens.closing(type, false)).then(SpaceCalls::closed).weight(2);
        calls.add(type, "closeStrict()", strictlyClosing()).then(SpaceCalls::closed).weight(2);
        calls.rest(type, SPACE);
        calls.rest(MappedObject.class, draw -> object(draw));
    }

    /** A space without processors, half of the time. */
    private static Gen strictlyClosing() {
        Gen any = Gens.closing(AddressSpace.class, false);
        return Gen.exact(draw -> {
            if (draw.random.nextBoolean()) {
                Object _ = draw.actor.run(draw.actor.calls.maker(AddressSpace.class));
                for (Object one : draw.world.live(AddressSpace.class).all()) {
                    if (isEmpty((AddressSpace) one)) {
                        return draw.claim(draw.world.live(AddressSpace.class), one);
                    }
                }
            }
            return any.draw(draw);
        });
    }

    private static boolean isEmpty(AddressSpace space) {
        try {
            return space.mappings() == 0;
        } catch (IllegalStateException e) {
            return false; // another thread closed it
        }
    }

    // ---- mappings --------------------------------------------------------------------------------------------------

    private static Object place(Draw draw) {
        return switch (draw.random.nextInt(8)) {
            case 0 -> 1L + draw.random.nextInt(1 << 30) << 12;
            case 1 -> 2L + draw.random.nextInt(1 << 9) << 30;
            default -> 0L;
        };
    }

    /** Draws a length: mostly few pages, at times enough for a huge leaf or reserved huge pages. */
    private static Object size(Draw draw) {
        draw.first = draw.random.nextInt(16);
        return draw.first == 0 ? 4L << 20 : draw.first == 1 ? 2L << 20 : 1 + draw.random.nextLong(16) << 12;
    }

    private static Object protection(Draw draw) {
        return switch (draw.random.nextInt(12)) {
            case 0 -> Prot.READ;
            case 1 -> Prot.NONE;
            case 2 -> Prot.READ_WRITE | Prot.EXEC;
            default -> Prot.READ_WRITE;
        };
    }

    private static Object flags(Draw draw) {
        int kind = draw.oneIn(4) ? MapFlags.SHARED : MapFlags.PRIVATE;
        return kind | MapFlags.ANONYMOUS | (draw.first == 1 ? MapFlags.HUGETLB : 0)
                | (draw.oneIn(16) ? MapFlags.FIXED : 0);
    }

    static MappedObject object(Draw draw) {
        return switch (draw.random.nextInt(8)) {
            case 0 -> draw.live(HugetlbMemory.class);
            case 1, 2, 3 -> draw.live(SharedMemory.class);
            default -> draw.live(DeviceObject.class);
        };
    }

    private static Object objectSize(Draw draw) {
        MappedObject object = object(draw);
        draw.chosen = object;
        return switch (object) {
            case HugetlbMemory huge -> huge.bytes();
            case SharedMemory shared -> Math.min(shared.bytes(), 64L << 12);
            case DeviceObject device -> draw.oneIn(3) ? device.pages() << 12 : Math.min(device.pages(), 32) << 12;
            case null, default -> null;
        };
    }

    private static Object objectFlags(Draw draw) {
        boolean mayBePrivate = !(draw.chosen instanceof DeviceObject);
        return mayBePrivate && draw.oneIn(3) ? MapFlags.PRIVATE : MapFlags.SHARED;
    }

    private static void mapped(Draw draw, Object target, Object[] arguments, Object result) {
        AddressSpace space = (AddressSpace) target;
        long bytes = Geometry.pageCeil((Long) arguments[1]);
        int flags = (Integer) arguments[3];
        Range.Kind kind = arguments.length > 4
                ? arguments[4] instanceof DeviceObject ? Range.Kind.DEVICE : Range.Kind.SHARED
                : (flags & MapFlags.HUGETLB) != 0 ? Range.Kind.HUGETLB
                        : (flags & MapFlags.SHARED) != 0 ? Range.Kind.SHARED
                                : bytes >= 2L << 20 ? Range.Kind.HUGE : Range.Kind.PRIVATE;
        if (space.memory() != draw.memory()) {
            return;
        }
        if ((flags & MapFlags.FIXED) != 0) {
            forget(draw, target, (Long) result, bytes);
        }
        draw.world.ranges.add(new Range(space, (Long) result, bytes, kind));
        Range oldest = draw.world.ranges.overflow(RANGES);
        if (oldest != null) {
            Object _ = draw.actor.make(draw.actor.calls.of("AddressSpace.munmap(long,long)"), oldest.space(),
                    oldest.start(), oldest.bytes());
        }
    }

    private static void forget(Draw draw, Object space, long start, long bytes) {
        draw.world.ranges.removeIf(range -> range.overlaps((AddressSpace) space, start, bytes));
    }

    private static void closed(Draw draw, Object target, Object[] arguments, Object result) {
        draw.world.ranges.removeIf(range -> range.space() == target);
        Closing.buried(draw, target, arguments, result);
    }
}

package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.mm.DeviceFrames;
import io.pinfold.hwmodel.device.ZoneDevice;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** The results of drivers: mostly true, at times random. */
final class Drivers {
    private static final long[] LIES = {0, -1, -5, -12, -17, -28, -4095, -4096, Long.MIN_VALUE, Long.MAX_VALUE,
            -(1L << 31) - 1, -(1L << 31), 1L << 31, 1L << 32, 1L << 52, 1L << 60, 2, 1024};
    private static final int[] ANSWERS = {1, 2, 512, -1, -5, -17, -28, -12, -4096, Integer.MIN_VALUE,
            Integer.MAX_VALUE};

    private Drivers() {
    }

    /** Pages of the device, one after the other. */
    static DeviceFrames frames(World world, ZoneDevice device) {
        return new DeviceFrames() {
            @Override
            public long frameOf(long pageIndex) {
                RandomGenerator random = ThreadLocalRandom.current();
                fail(world, random);
                if (!world.isHonest && Hostility.LIES.strikes(random)) {
                    return lie(world, random);
                }
                long frames = device.pagemap().pages() << device.pagemap().order();
                return device.firstPfn() + pageIndex % frames;
            }

            @Override
            public long runOf(long pageIndex) {
                RandomGenerator random = ThreadLocalRandom.current();
                fail(world, random);
                if (!world.isHonest && Hostility.LIES.strikes(random)) {
                    return random.nextBoolean() ? 1L << random.nextInt(63) : LIES[random.nextInt(LIES.length)];
                }
                long frames = device.pagemap().pages() << device.pagemap().order();
                return frames - pageIndex % frames;
            }
        };
    }

    /** Draws a number, or a frame of a device that stays. */
    private static long lie(World world, RandomGenerator random) {
        ZoneDevice other = world.permanent.get(random.nextInt(world.permanent.size()));
        return switch (random.nextInt(4)) {
            case 0 -> other.firstPfn() + random.nextInt(512);
            case 1 -> other.firstPfn() + 511;
            default -> LIES[random.nextInt(LIES.length)];
        };
    }

    /**
     * Callbacks of a pagemap of PRIVATE memory, which migrate at random, and of other pagemaps, which are told of idle
     * pages.
     */
    static DevPagemapOps ops(World world) {
        return new DevPagemapOps() {
            @Override
            public void pageFree(DevPagemap pagemap, long headPfn) {
                fail(world, ThreadLocalRandom.current());
            }

            @Override
            public int migrateToRam(DevPagemap pagemap, long devicePfn, long ramPfn) {
                RandomGenerator random = ThreadLocalRandom.current();
                fail(world, random);
                boolean isLie = !world.isHonest && Hostility.LIES.strikes(random);
                return isLie ? ANSWERS[random.nextInt(ANSWERS.length)] : 0;
            }
        };
    }

    /** Throws at random. */
    static void fail(World world, RandomGenerator random) {
        if (world.isHonest) {
            return;
        }
        if (Hostility.THROWS.strikes(random)) {
            throw new Planned();
        }
        if (Hostility.ERRORS.strikes(random)) {
            throw random.nextBoolean() ? new OutOfMemoryError(Planned.MARK) : new AssertionError(Planned.MARK);
        }
    }
}

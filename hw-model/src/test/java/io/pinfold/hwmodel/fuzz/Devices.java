package io.pinfold.hwmodel.fuzz;

import io.pinfold.hwmodel.dma.DmaDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** A device at the other end of DMA: moves all, a part or nothing, returns a wrong number, or fails. */
final class Devices implements DmaDevice {
    private static final int[] LIES = {-1, -2, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 30, 8193};

    private final World world;
    /** Whether it returned a wrong number after the last query. */
    private volatile boolean hasLied;

    Devices(World world) {
        this.world = world;
    }

    boolean hasLied() {
        boolean lied = hasLied;
        hasLied = false;
        return lied;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return move(target, true);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        return move(source, false);
    }

    private int move(ByteBuffer window, boolean isRead) throws IOException {
        RandomGenerator random = ThreadLocalRandom.current();
        Drivers.fail(world, random);
        int all = window.remaining();
        if (!world.isHonest && Hostility.DEAD.strikes(random) && world.kept.size() < 4) {
            world.kept.add(window);
        }
        if (!world.isHonest && Hostility.LIES.strikes(random)) {
            return lie(window, random);
        }
        if (!world.isHonest && random.nextInt(16) == 0) {
            throw new IOException(Planned.MARK);
        }
        int moved = random.nextInt(4) == 0 ? 1 + random.nextInt(all) : all;
        for (int i = 0; i < moved; i += 512) {
            if (isRead) {
                window.put(window.position() + i, (byte) i);
            } else {
                byte _ = window.get(window.position() + i);
            }
        }
        window.position(window.position() + moved);
        return moved;
    }

    private int lie(ByteBuffer window, RandomGenerator random) {
        int answer = switch (random.nextInt(4)) {
            case 0 -> 0; // and again, and again
            case 1 -> window.remaining() / 2;
            default -> LIES[random.nextInt(LIES.length)];
        };
        int moved = 0;
        if (random.nextBoolean()) {
            moved = window.remaining();
            window.position(window.limit());
        }
        hasLied |= answer != moved && !(answer == -1 && moved == 0);
        return answer;
    }
}

package io.pinfold.core.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.pagemap.Pagemap;
import io.pinfold.core.pagemap.Pagemaps;
import io.pinfold.core.pgtable.Geometry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Devices that come and go at random, look-ups and pins of their pages, against a model that counts look-ups and pins:
 * a look-up counts once and never succeeds after the kill, and removal ends when no look-up is left and not before
 * (I12). Replay one run with {@code -Dpinfold.seed=}.
 */
@Timeout(60)
class PagemapModelTest {

    private static final int STEPS = 2_000;
    private static final int DEVICES = 4;
    private static final int UNIT = (int) Math.max(8, Geometry.leafPages(Geometry.PMD));

    private static final class Device {
        final Pagemap pagemap;
        final long first;
        boolean isLive = true;
        int lookUps;
        final Deque<Long> pins = new ArrayDeque<>();

        Device(Pagemap pagemap, long first) {
            this.pagemap = pagemap;
            this.first = first;
        }
    }

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20).withDeviceBytes(16L << 20));
    private final MemoryCore core = Bridge.core(memory);
    private final Pagemaps pagemaps = core.pagemaps();
    private final SharedSlot slot = core.slots().open(0);
    private final FreeBatch deferred = new FreeBatch(core);
    private final Device[] devices = new Device[DEVICES];
    private SplittableRandom random = new SplittableRandom();
    private int ended;

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void removalEndsWhenNobodyIsLeftAndNotBefore(long number) {
        long seed = Long.getLong("pinfold.seed", number * 0x9E3779B97F4A7C15L);
        System.out.println("PagemapModelTest seed " + seed);
        random = new SplittableRandom(seed);
        int step = 0;
        try {
            for (; step < STEPS; step++) {
                step(random.nextInt(DEVICES), random.nextInt(12));
            }
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError("seed " + seed + " step " + step + ": " + e.getMessage(), e);
        }
        assertThat(ended).as("devices that came and went").isPositive();
        for (int at = 0; at < DEVICES; at++) {
            for (Device device = devices[at]; device != null; device = devices[at]) {
                kill(device);
                letGo(device);
                end(at);
            }
        }
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    private void step(int at, int what) {
        Device device = devices[at];
        if (device == null) {
            if (what < 6) {
                assertThat(lookUp(frame(at))).as("a frame of no device").isZero();
            } else {
                DevPagemapType type = random.nextBoolean() ? DevPagemapType.GENERIC : DevPagemapType.FS_DAX;
                long first = memory.deviceStart() + (long) at * UNIT;
                devices[at] = new Device(pagemaps.add(DevPagemapOptions.of(type, first, UNIT)), first);
            }
            return;
        }
        switch (what) {
            case 0, 1, 2, 3 -> {
                long found = lookUp(frame(at));
                assertThat(found).as("the look-up").isEqualTo(device.isLive ? device.pagemap.address() : 0);
                device.lookUps += device.isLive ? 1 : 0;
            }
            case 4, 5 -> putLookUp(device);
            case 6, 7 -> pin(device, frame(at));
            case 8, 9 -> unpin(device);
            case 10 -> {
                if (random.nextInt(3) == 0) {
                    kill(device);
                }
            }
            default -> end(at);
        }
        if (device.isLive) {
            assertThat(device.pagemap.references()).as("its own, its pages', and one for each look-up")
                    .isEqualTo(1L + UNIT + device.lookUps);
        }
    }

    private long frame(int at) {
        return memory.deviceStart() + (long) at * UNIT + random.nextInt(UNIT);
    }

    private long lookUp(long pfn) {
        slot.enter();
        long found = pagemaps.registry().get(pfn, 0, slot.stripe());
        slot.exit();
        return found;
    }

    private void putLookUp(Device device) {
        if (device.lookUps > 0) {
            slot.enter();
            pagemaps.registry().put(device.pagemap.address(), slot.stripe());
            slot.exit();
            device.lookUps--;
        }
    }

    private void pin(Device device, long pfn) {
        if (device.isLive) {
            slot.enter();
            long token = Grab.trySpeculative(core, pfn, 1, FollBits.FOLL_PIN, deferred);
            slot.exit();
            assertThat(token).isPositive();
            device.pins.add(token);
        }
    }

    private void unpin(Device device) {
        if (!device.pins.isEmpty()) {
            slot.enter();
            Grab.undo(core, device.pins.poll(), deferred);
            slot.exit();
            int _ = deferred.drain();
        }
    }

    private void kill(Device device) {
        if (device.isLive) {
            device.pagemap.kill();
            device.isLive = false;
        }
    }

    private void letGo(Device device) {
        while (device.lookUps > 0) {
            putLookUp(device);
        }
        while (!device.pins.isEmpty()) {
            unpin(device);
        }
    }

    private void end(int at) {
        Device device = devices[at];
        if (!device.isLive) {
            boolean isIdle = device.lookUps == 0 && device.pins.isEmpty();
            assertThat(device.pagemap.step()).as("%d look-ups and %d pins are left", device.lookUps,
                    device.pins.size()).isEqualTo(isIdle);
            if (isIdle) {
                device.pagemap.close();
                devices[at] = null;
                ended++;
            }
        }
    }
}

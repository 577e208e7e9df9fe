package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.hwmodel.device.ZoneDevice;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/** The model of a round: the live objects of the memory under test and of another one, and the closed objects. */
final class World {
    /** A page that a driver handed out: by number, with a reference or without. */
    record DevicePage(ZoneDevice device, long pfn) {
    }

    final PhysicalMemory memory;
    /** Another memory: its objects are foreign to the first. */
    final PhysicalMemory other;
    /** A closed memory. */
    final PhysicalMemory closed;
    /** Rounds in which the stack ends in the middle of calls: counts may be wrong afterwards, nothing may hang. */
    final boolean isDeepRound;

    /** By type: objects of {@link #memory} that any thread may use. */
    private final Map<Class<?>, Pool<Object>> live = new ConcurrentHashMap<>();
    private final Map<Class<?>, Pool<Object>> foreign = new ConcurrentHashMap<>();
    private final Map<Class<?>, Pool<Object>> dead = new ConcurrentHashMap<>();

    final Pool<Range> ranges = new Pool<>();

    // ---- frames by handle; a number is in one of these, but for handles, which lists what takers may try
    // -------------
    final Pool<Long> owners = new Pool<>();
    final Pool<Long> frozen = new Pool<>();
    final Pool<Long> handles = new Pool<>();
    final Pool<Long> gets = new Pool<>();
    final Pool<Long> pins = new Pool<>();
    /**
     * Frames held once, by their owner, and never tried by takers: several threads may release the one hold, and one of
     * them succeeds.
     */
    final Pool<Long> lone = new Pool<>();
    /** The same with a pin as the only hold. */
    final Pool<Long> lonePins = new Pool<>();
    /** Handles of lives that have ended. */
    final Pool<Long> over = new Pool<>();

    final Pool<DevicePage> taken = new Pool<>();
    final Pool<DevicePage> referenced = new Pool<>();
    final Pool<DevPagemap> killed = new Pool<>();
    final Pool<ZoneDevice> unplugging = new Pool<>();
    /** Devices that stay until the end of the round: the false results of drivers may lead to them. */
    final List<ZoneDevice> permanent = new CopyOnWriteArrayList<>();
    /** Windows that devices kept after their transfer was over. */
    final List<ByteBuffer> kept = new CopyOnWriteArrayList<>();
    final List<Actor> actors = new CopyOnWriteArrayList<>();
    /** Whether a thread is about to end a frame's only hold, and waits for another that does the same. */
    final AtomicReference<Duel> duel = new AtomicReference<>();
    /** Whether a thread waits for pages that others hold; at most one does. */
    final Semaphore waiters = new Semaphore(1);
    /** Whether callbacks return true results from now on. */
    volatile boolean isHonest;

    World(RandomGenerator random, boolean isDeepRound) {
        this.isDeepRound = isDeepRound;
        long ram = random.nextInt(4) == 0 ? 32L << 20 : 96L << 20;
        int nodes = 1 + random.nextInt(2);
        memory = PhysicalMemory.open(MemoryOptions.ofRam(ram).withMovableBytes(random.nextInt(2) * 16L << 20)
                .withNodes(nodes).withDeviceBytes(1L << 30));
        other = PhysicalMemory.open(MemoryOptions.ofRam(24L << 20).withDeviceBytes(8L << 20));
        closed = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20).withDeviceBytes(8L << 20));
    }

    Pool<Object> live(Class<?> type) {
        return live.computeIfAbsent(Surface.shown(type), _ -> new Pool<>());
    }

    Pool<Object> foreign(Class<?> type) {
        return foreign.computeIfAbsent(Surface.shown(type), _ -> new Pool<>());
    }

    Pool<Object> dead(Class<?> type) {
        return dead.computeIfAbsent(Surface.shown(type), _ -> new Pool<>());
    }

    /** Notes that an object is closed: from now on a call with it is use after close. */
    void bury(Object object) {
        Pool<Object> graves = dead(object.getClass());
        graves.add(object);
        var _ = graves.overflow(12);
    }
}

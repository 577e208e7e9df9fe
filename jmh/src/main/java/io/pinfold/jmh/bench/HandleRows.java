package io.pinfold.jmh.bench;

import io.netty.buffer.ByteBuf;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.fastpath.GupSession;
import io.pinfold.jmh.RatioHarness;
import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import java.util.List;

/**
 * Rows of a hold by handle, taken and given back, against Netty's retain and release: 512 frames and 512 buffers, all
 * taken before the first is given back. Gets and pins have JVMs of their own; in {@link #MIXED} one JVM makes both
 * equally often.
 */
final class HandleRows implements Group.Rows {
    static final String GET = "handle.get";
    static final String PIN = "handle.pin";
    static final String MIXED = "handle.mixed";

    private static final int FRAMES = 512;
    private static final long RAM = 64L << 20;

    private final String id;
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM));
    private final FrameHandles handles = memory.handles();
    private final GupSession session = GupSession.open(memory);
    private final long[] frames = new long[FRAMES];
    private final ByteBuf[] buffers = NettyRows.buffers();

    HandleRows(String id) {
        this.id = id;
        for (int i = 0; i < FRAMES; i++) {
            frames[i] = handles.allocate();
            if (frames[i] == FrameHandle.NONE) {
                throw new IllegalStateException("no frame " + i + " of " + FRAMES);
            }
        }
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        int netty = harness
                .add(new Variant("netty", FRAMES, calls -> NettyRows.retainAndRelease(buffers, calls)));
        int ours = harness.add(switch (id) {
            case GET -> new Variant(id, FRAMES, this::getAndPut);
            case PIN -> new Variant(id, FRAMES, this::pinAndUnpin);
            default -> new Variant(id, 2 * FRAMES, calls -> getAndPut(calls) + pinAndUnpin(calls));
        });
        Result result = harness.run(rounds, new int[]{netty, netty}).get(ours);
        close();
        return List.of(
                new Figure(id, result.nanos(), result.ratio(), result.p25(), result.p75(), Yardstick.NETTY, ""));
    }

    /** Runs tryGet of all frames, then put of all, {@code calls} times. */
    int getAndPut(int calls) {
        int taken = 0;
        for (int call = 0; call < calls; call++) {
            for (long frame : frames) {
                taken += session.tryGet(frame) ? 1 : 0;
            }
            for (long frame : frames) {
                handles.put(frame);
            }
        }
        return taken;
    }

    /** Runs tryPin of all frames, then unpin of all, {@code calls} times. */
    int pinAndUnpin(int calls) {
        int taken = 0;
        for (int call = 0; call < calls; call++) {
            for (long frame : frames) {
                taken += session.tryPin(frame) != FrameHandle.NONE ? 1 : 0;
            }
            for (long frame : frames) {
                handles.unpin(FrameHandle.toPin(frame));
            }
        }
        return taken;
    }

    /** Freezes and frees every frame, which fails unless all holds but the owner's were given back. */
    void close() {
        for (long frame : frames) {
            if (!handles.tryFreeze(frame)) {
                throw new IllegalStateException("frame " + FrameHandle.pfn(frame) + " is still held");
            }
            handles.free(frame);
        }
        session.close();
        memory.close();
        for (ByteBuf buffer : buffers) {
            buffer.release();
        }
    }
}

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
 * Rows of a session's read scope, one for each operation: a pin and unpin inside it, and a read of eight bytes of a
 * protected frame that is asked for first. {@link #MANY} reads 64 frames in one scope.
 */
final class ScopeRows implements Group.Rows {
    static final String PIN = "handle.scoped";
    static final String READ = "read.protected";
    static final String MANY = "read.protected.64";

    private static final int FRAMES = 512;
    private static final int IN_ONE_SCOPE = 64;
    private static final long RAM = 64L << 20;

    private final String id;
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM));
    private final FrameHandles handles = memory.handles();
    private final GupSession session = GupSession.open(memory);
    private final long[] frames = new long[FRAMES];
    private final ByteBuf[] buffers = NettyRows.buffers();

    ScopeRows(String id) {
        this.id = id;
        for (int i = 0; i < FRAMES; i++) {
            frames[i] = handles.allocateProtected();
            if (frames[i] == FrameHandle.NONE) {
                throw new IllegalStateException("no frame " + i + " of " + FRAMES);
            }
        }
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        boolean isPin = id.equals(PIN);
        int netty = harness.add(new Variant("netty", FRAMES, isPin
                ? calls -> NettyRows.retainAndRelease(buffers, calls)
                : calls -> ReadRows.readUnderRetain(buffers, calls)));
        int ours = harness.add(new Variant(id, FRAMES, isPin ? this::pin : this::read));
        Result result = harness.run(rounds, new int[]{netty, netty}).get(ours);
        close();
        return List.of(new Figure(id, result.nanos(), result.ratio(), result.p25(), result.p75(),
                isPin ? Yardstick.NETTY : Yardstick.NETTY_READ, ""));
    }

    /** Pins and unpins each frame in a scope of its own, {@code calls} times. */
    private int pin(int calls) {
        int taken = 0;
        for (int call = 0; call < calls; call++) {
            for (long frame : frames) {
                session.beginScope();
                long pin = session.tryPin(frame);
                handles.unpin(pin);
                session.endScope();
                taken++;
            }
        }
        return taken;
    }

    /** Reads a word of each frame, {@code calls} times; fails if one cannot be read. */
    private int read(int calls) {
        int step = id.equals(MANY) ? IN_ONE_SCOPE : 1;
        long sum = 0;
        for (int call = 0; call < calls; call++) {
            for (int first = 0; first < FRAMES; first += step) {
                session.beginScope();
                for (int i = first; i < first + step; i++) {
                    sum += session.isReadable(frames[i]) ? session.readLong(frames[i], ReadRows.offset(i)) : 1;
                }
                session.endScope();
            }
        }
        if (sum != 0) {
            throw new IllegalStateException("the words of " + FRAMES + " frames of zeros add up to " + sum);
        }
        return calls;
    }

    private void close() {
        for (long frame : frames) {
            handles.put(frame);
        }
        session.close();
        while (handles.waiting() > 0) {
            int _ = handles.reclaim();
        }
        memory.close();
        for (ByteBuf buffer : buffers) {
            buffer.release();
        }
    }
}

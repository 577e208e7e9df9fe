package io.pinfold.jmh.bench;

import io.netty.buffer.ByteBuf;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.jmh.RatioHarness;
import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import java.util.List;

/**
 * The row of eight bytes that are read by handle without a hold, against reading them from a Netty buffer between its
 * retain and its release: 512 frames and 512 buffers in turn.
 */
final class ReadRows implements Group.Rows {
    static final String VALIDATED = "read.validated";

    private static final int FRAMES = 512;
    private static final long RAM = 64L << 20;
    private static final long VALUE = 3;
    private static final int PAGE_BYTES = 4096;
    private static final int STRIDE = 72;

    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM));
    private final FrameHandles handles = memory.handles();
    private final long[] frames = new long[FRAMES];
    private final ByteBuf[] buffers = NettyRows.buffers();

    ReadRows() {
        for (int i = 0; i < FRAMES; i++) {
            frames[i] = handles.allocate();
            if (frames[i] == FrameHandle.NONE) {
                throw new IllegalStateException("no frame " + i + " of " + FRAMES);
            }
            buffers[i].setLong(offset(i), VALUE);
        }
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        int netty = harness.add(new Variant("netty", FRAMES, calls -> readUnderRetain(buffers, calls)));
        int ours = harness.add(new Variant(VALIDATED, FRAMES, this::readValidated));
        Result result = harness.run(rounds, new int[]{netty, netty}).get(ours);
        close();
        return List.of(new Figure(VALIDATED, result.nanos(), result.ratio(), result.p25(), result.p75(),
                Yardstick.NETTY_READ, ""));
    }

    /** Reads a word of each buffer under a retain of its own, {@code calls} times. */
    static int readUnderRetain(ByteBuf[] buffers, int calls) {
        long sum = 0;
        for (int call = 0; call < calls; call++) {
            for (int i = 0; i < buffers.length; i++) {
                ByteBuf buffer = buffers[i];
                buffer.retain();
                sum += buffer.getLong(offset(i));
                buffer.release();
            }
        }
        return (int) sum;
    }

    /** Reads a word of each frame, {@code calls} times; fails if one cannot be read. */
    private int readValidated(int calls) {
        long sum = 0;
        for (int call = 0; call < calls; call++) {
            for (int i = 0; i < FRAMES; i++) {
                sum += handles.readLong(frames[i], offset(i), -1);
            }
        }
        if (sum != 0) {
            throw new IllegalStateException("the words of " + FRAMES + " frames of zeros add up to " + sum);
        }
        return calls;
    }

    /**
     * Where the word lies in its frame or buffer: in a line of its own. The words at the start of all pages fall into
     * the same few sets of the first cache, which hold an eighth of them, and the row would measure that.
     */
    static int offset(int i) {
        return i * STRIDE & PAGE_BYTES - Long.BYTES;
    }

    private void close() {
        for (long frame : frames) {
            handles.put(frame);
        }
        memory.close();
        for (ByteBuf buffer : buffers) {
            buffer.release();
        }
    }
}

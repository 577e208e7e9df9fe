package io.pinfold.hwmodel.copy;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.hwmodel.dma.DmaDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;

/**
 * The two devices of a copy, one of which fails at a given chunk while the next chunk, if there can be one, is in
 * flight. Every later transfer waits until the driver has noticed the fault and has done all that it does before its
 * devices are quiet. Only then does the transfer check its frames: a frame that is no longer pinned may have another
 * owner, and the DMA would hit it.
 */
final class FaultyDevices {

    /** The kind of the fault. */
    enum Fault {
        NONE, READ_ERROR, END_OF_SOURCE, WRITE_ERROR, CANCELLED
    }

    private final byte[] source;
    private final byte[] copied;
    private final int chunkBytes;
    private final Fault fault;
    private final int faultyChunk;
    private final PhysicalMemory memory;
    private final BooleanSupplier isDriverDone;
    private final IntPredicate isSubmitted;
    private final List<String> problems = new CopyOnWriteArrayList<>();
    private final Set<Long> written = new TreeSet<>(); // as the next two: for the engine's thread until it ended
    private int begun;
    private int late;
    private volatile boolean hasFailed;

    /**
     * Makes a device that holds {@code source}, and one that is empty.
     *
     * @param faultyChunk  the number of the chunk that goes wrong, in the order in which they are begun
     * @param isDriverDone whether the driver waits for the engine, or has ended without waiting
     * @param isSubmitted  whether the engine was given so many chunks by now, or never will be
     */
    FaultyDevices(byte[] source, int chunkBytes, Fault fault, int faultyChunk, PhysicalMemory memory,
            BooleanSupplier isDriverDone, IntPredicate isSubmitted) {
        this.source = source;
        this.copied = new byte[source.length];
        this.chunkBytes = chunkBytes;
        this.fault = fault;
        this.faultyChunk = faultyChunk;
        this.memory = memory;
        this.isDriverDone = isDriverDone;
        this.isSubmitted = isSubmitted;
    }

    DmaDevice source() {
        return new DmaDevice() {
            @Override
            public int read(ByteBuffer into, long position) throws IOException {
                begun += position % chunkBytes == 0 ? 1 : 0;
                boolean failsNow = fails(fault == Fault.READ_ERROR || fault == Fault.END_OF_SOURCE);
                if (failsNow && fault == Fault.READ_ERROR) {
                    throw new IOException("the source has a bad block at " + position);
                }
                if (failsNow) {
                    return -1;
                }
                touch(into, true);
                int n = Math.min(into.remaining(), source.length - (int) position);
                into.put(source, (int) position, n);
                return n;
            }

            @Override
            public int write(ByteBuffer from, long position) throws IOException {
                throw new IOException("the source is written to at " + position);
            }
        };
    }

    DmaDevice target() {
        return new DmaDevice() {
            @Override
            public int read(ByteBuffer into, long position) throws IOException {
                throw new IOException("the target is read at " + position);
            }

            @Override
            public int write(ByteBuffer from, long position) throws IOException {
                if (fails(fault == Fault.WRITE_ERROR || fault == Fault.CANCELLED) && fault == Fault.WRITE_ERROR) {
                    throw new IOException("the target has a bad block at " + position);
                }
                touch(from, false);
                int n = from.remaining();
                from.get(copied, (int) position, n);
                return n;
            }
        };
    }

    /** Whether this transfer fails; if so, the next chunk is in flight by now. */
    private boolean fails(boolean isHere) {
        if (!isHere || hasFailed || begun <= faultyChunk) {
            return false;
        }
        int chunks = (source.length + chunkBytes - 1) / chunkBytes;
        while (!isSubmitted.test(Math.min(chunks, begun + 1))) {
            Thread.onSpinWait();
        }
        hasFailed = true;
        return true;
    }

    /** Waits before bytes move: after the fault, until the driver has reacted to it. */
    private void touch(ByteBuffer buffer, boolean isWritten) {
        long first = MemorySegment.ofBuffer(buffer).address() - Bridge.core(memory).frameAddress(0) >>> 12;
        long last = first + (buffer.remaining() - 1 >>> 12);
        if (hasFailed) {
            late++;
            while (!isDriverDone.getAsBoolean()) {
                Thread.onSpinWait();
            }
        }
        for (long pfn = first; pfn <= last; pfn++) {
            if (!memory.page(pfn).maybePinned()) {
                problems.add("DMA reaches a frame without a pin: " + memory.page(pfn));
            }
            if (isWritten) {
                written.add(pfn);
            }
        }
    }

    boolean isCancelled() {
        return fault == Fault.CANCELLED && hasFailed;
    }

    boolean hasFailed() {
        return hasFailed;
    }

    List<String> problems() {
        return problems;
    }

    /** Frames that received bytes of the source; the engine's thread has ended. */
    Set<Long> written() {
        return written;
    }

    /** Transfers under way when the driver had noticed the fault; the engine's thread has ended. */
    int late() {
        return late;
    }

    /** The content of the target; the engine's thread has ended. */
    byte[] copied() {
        return copied;
    }
}

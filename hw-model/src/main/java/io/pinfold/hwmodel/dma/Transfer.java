package io.pinfold.hwmodel.dma;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Moves the bytes of one descriptor. Runs on the engine's thread, which keeps the memory open.
 *
 * <pre>
 * TRANSFER1 refuse frames the engine must not touch
 * TRANSFER2 compare generations
 * TRANSFER3 move the bytes, stale or not, as hardware would
 * TRANSFER4 compare generations again
 * </pre>
 *
 * <p>TRANSFER2 finds a frame freed before it, TRANSFER4 one freed between the two. A frame freed after TRANSFER4 was
 * still the caller's when the last byte moved. TRANSFER4 alone would count the same frames, since a generation never
 * comes back; TRANSFER2 distinguishes a transfer that was stale from the start from one that became stale.
 *
 * <p>A device's result is checked: it must have moved the buffer's position by as many bytes as it claims. The buffer
 * is one of a single call, whose arena closes when the call returns: a device that keeps it cannot read a frame of
 * another owner.
 */
final class Transfer {

    private long moved;
    private int staleAtStart;

    /** Bytes moved by the last {@link #run}, also after it threw. */
    long moved() {
        return moved;
    }

    /** Frames that were stale before the last transfer began. */
    int staleAtStart() {
        return staleAtStart;
    }

    DmaStatus run(PhysicalMemory memory, DmaDescriptor descriptor) throws IOException {
        moved = 0;
        staleAtStart = 0;
        ScatterList list = descriptor.list();
        ScatterList target = descriptor.target();
        DmaDevice device = descriptor.device();
        boolean isListWritten = device != null && !descriptor.isToDevice();
        // TRANSFER1
        if (!reachable(memory, list, isListWritten) || (target != null && !reachable(memory, target, true))) {
            return DmaStatus.BAD_FRAME;
        }
        staleAtStart = stale(list, target); // TRANSFER2
        boolean whole = device == null ? copy(memory, list, require(target), descriptor.bytes())
                : throughDevice(memory, descriptor, list, device); // TRANSFER3
        // TRANSFER3 -> TRANSFER4: the loads of TRANSFER4 must not move up past the byte copies, which are plain
        // accesses.
        Words.fullFence();
        int staleNow = stale(list, target); // TRANSFER4
        if (!whole) {
            return DmaStatus.SHORT;
        }
        return staleNow > 0 ? DmaStatus.STALE : DmaStatus.DONE;
    }

    private static ScatterList require(@Nullable ScatterList target) {
        if (target == null) {
            throw new IllegalStateException("a descriptor without device and without target");
        }
        return target;
    }

    static int stale(ScatterList list, @Nullable ScatterList target) {
        return list.staleNow() + (target == null ? 0 : target.staleNow());
    }

    private static boolean reachable(PhysicalMemory memory, ScatterList list, boolean isWritten) {
        for (int i = 0; i < list.frames(); i++) {
            if (!Frames.reachable(memory, list.pfn(i), isWritten)) {
                return false;
            }
        }
        return true;
    }

    private boolean throughDevice(PhysicalMemory memory, DmaDescriptor descriptor, ScatterList list, DmaDevice device)
            throws IOException {
        long bytes = descriptor.bytes();
        for (int segment = 0; moved < bytes; segment++) {
            int frames = list.segmentFrames(segment);
            long address = address(memory, list.pfn(list.segmentFirst(segment)), frames);
            long end = Math.min(bytes, moved + (long) frames * Align.PAGE_BYTES);
            for (long start = moved; moved < end;) {
                int n = call(device, descriptor, address + (moved - start), end - moved);
                if (n < 0) {
                    return false;
                }
                moved += n;
            }
        }
        return true;
    }

    /** Makes one call of the device; returns the bytes it moved, at least 1, or -1 at its end. */
    private int call(DmaDevice device, DmaDescriptor descriptor, long address, long bytes) throws IOException {
        long position = descriptor.position() + moved;
        int n;
        int done;
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer window = Words.view(address, bytes, arena).asByteBuffer();
            if (descriptor.isToDevice()) {
                window = window.asReadOnlyBuffer();
                n = device.write(window, position);
            } else {
                n = device.read(window, position);
            }
            done = window.position();
        }
        boolean isEnd = n == -1 && done == 0 && !descriptor.isToDevice();
        if (!isEnd && (n < 1 || n > bytes || n != done)) {
            throw new IOException("the device answers " + n + " for " + (descriptor.isToDevice() ? "a write" : "a read")
                    + " of " + bytes + " bytes at position " + position + ", and the buffer's position moved by "
                    + done);
        }
        return n;
    }

    /**
     * The address of adjacent frames; the check is repeated here, because a list that changes must not crash the JVM.
     */
    private static long address(PhysicalMemory memory, long pfn, int frames) {
        if (pfn <= 0 || frames < 1 || pfn > memory.ramFrames() - frames) {
            throw new IllegalStateException(frames + " frames from " + pfn + ": the scatter list changed in flight");
        }
        return Bridge.core(memory).frameAddress(pfn);
    }

    /** Copies frame by frame: the segments of the two lists need not fall together. */
    private boolean copy(PhysicalMemory memory, ScatterList from, ScatterList into, long bytes) {
        for (int i = 0; moved < bytes; i++) {
            long length = Math.min(Align.PAGE_BYTES, bytes - moved);
            Words.copy(address(memory, from.pfn(i), 1), address(memory, into.pfn(i), 1), length);
            moved += length;
        }
        return true;
    }
}

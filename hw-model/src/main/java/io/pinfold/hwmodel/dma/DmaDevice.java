package io.pinfold.hwmodel.dma;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What stands at the other end of a transfer. Called on the engine's thread only; may move fewer bytes than the buffer
 * holds, the engine asks again for the rest.
 *
 * <p>The buffer is for the thread and the time of the call: used by another thread or after the return it throws, so that a
 * device which keeps it never reaches a frame that is somebody else's by then. A device that throws anything, or answers
 * what cannot be (no bytes, more than there were, or another number than the buffer's position moved by), ends the transfer
 * as {@link DmaStatus#IO_ERROR}; one that never returns holds up the engine and whoever closes it.
 *
 * <p>So a device hands the buffer to nothing that works on another thread, an
 * {@link java.nio.channels.AsynchronousFileChannel} above all: the JDK's task fails there, its Future is never completed, and a device
 * that waits for it never returns. Such a device has a buffer of its own, direct or from the heap: a read waits for its own buffer
 * to be filled and then copies into the target; a write copies the source first.
 */
public interface DmaDevice {

    /**
     * Moves bytes from the device into memory.
     *
     * @param target   filled from its position towards its limit
     * @param position byte position on the device, at least 0
     * @return bytes moved, 1 to what remained in the buffer, or -1 at the end of the device
     * @throws IOException when the device failed; bytes moved before may have arrived
     */
    int read(ByteBuffer target, long position) throws IOException;

    /**
     * Moves bytes from memory to the device.
     *
     * @param source   drained from its position towards its limit; read-only
     * @param position byte position on the device, at least 0
     * @return bytes moved, 1 to what remained in the buffer
     * @throws IOException when the device failed or is full
     */
    int write(ByteBuffer source, long position) throws IOException;
}

package io.pinfold.hwmodel.dma;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The device at the other end of a transfer. Called on the engine's thread only. It may move fewer bytes than the
 * buffer holds; the engine calls again for the rest.
 *
 * <p>The buffer is confined to the thread and the time of the call. It throws if another thread uses it, or after the
 * return, so that a device which keeps it never reaches a frame that has a new owner. A device that throws anything, or
 * returns an impossible number (0, more than remained, or not the number by which the buffer's position moved), ends
 * the transfer as {@link DmaStatus#IO_ERROR}. One that never returns blocks the engine and its close.
 *
 * <p>So a device must not pass the buffer to code on another thread, such as an {@link
 * java.nio.channels.AsynchronousFileChannel}: the JDK's task fails there, its Future is never completed, and a device
 * that waits for it never returns. Such a device needs a buffer of its own, direct or from the heap. A read waits until
 * that buffer is filled and then copies into the target; a write copies the source first.
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

package io.pinfold.hwmodel.dma;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What stands at the other end of a transfer. Called on the engine's thread only; may move fewer bytes than the buffer
 * holds, the engine asks again for the rest.
 */
public interface DmaDevice {

    /**
     * Moves bytes from the device into memory.
     *
     * @param target   filled from its position towards its limit
     * @param position byte position on the device, at least 0
     * @return bytes moved, or -1 at the end of the device
     * @throws IOException when the device failed; bytes moved before may have arrived
     */
    int read(ByteBuffer target, long position) throws IOException;

    /**
     * Moves bytes from memory to the device.
     *
     * @param source   drained from its position towards its limit
     * @param position byte position on the device, at least 0
     * @return bytes moved, at least 0
     * @throws IOException when the device failed or is full
     */
    int write(ByteBuffer source, long position) throws IOException;
}

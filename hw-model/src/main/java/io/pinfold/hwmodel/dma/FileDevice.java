package io.pinfold.hwmodel.dma;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;

/**
 * A device that is a real file. It uses positional reads and writes only, so the channel's own position is never used
 * and one channel may serve several descriptors.
 *
 * @param channel open for what the descriptors ask of it; its owner closes it, after the engine
 */
public record FileDevice(FileChannel channel) implements DmaDevice {

    /** Makes a device of a channel. */
    public FileDevice {
        Objects.requireNonNull(channel, "channel");
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return channel.read(Objects.requireNonNull(target, "target"), position);
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        return channel.write(Objects.requireNonNull(source, "source"), position);
    }
}

package io.pinfold.hwmodel.copy;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.hwmodel.dma.DmaDescriptor;
import io.pinfold.hwmodel.dma.DmaDevice;
import io.pinfold.hwmodel.dma.Frames;
import io.pinfold.hwmodel.dma.ScatterList;
import java.nio.ByteBuffer;

/** A device that takes every byte and keeps none, after it has done what a test plants in its transfer. */
record DiscardingDevice(Runnable planted) implements DmaDevice {

    DiscardingDevice() {
        this(() -> {
        });
    }

    /** A transfer of one frame to this device. */
    DmaDescriptor take(PhysicalMemory memory, long pfn) {
        return take(memory, pfn, Frames.generation(memory, pfn));
    }

    /** The same by a driver that has noted this generation of the frame. */
    DmaDescriptor take(PhysicalMemory memory, long pfn, int generation) {
        ScatterList list = new ScatterList(memory, 1);
        list.add(pfn, generation);
        return new DmaDescriptor(99).toDevice(this, 0, list, 4096);
    }

    @Override
    public int read(ByteBuffer target, long position) {
        return -1;
    }

    @Override
    public int write(ByteBuffer source, long position) {
        planted.run();
        int n = source.remaining();
        source.position(source.limit());
        return n;
    }
}

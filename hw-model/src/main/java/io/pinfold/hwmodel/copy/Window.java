package io.pinfold.hwmodel.copy;

import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.hwmodel.dma.DmaDescriptor;
import io.pinfold.hwmodel.dma.ScatterList;

/**
 * One piece of the user address space and the chunk that passes through it. All fields but the gate and the address belong
 * to the copier.
 */
final class Window {

    /** Where the chunk stands, in the order it goes through. */
    enum Stage {
        /** Nothing in flight. */
        IDLE,
        /** A chunk is chosen; its pages are not held yet. */
        PINNING,
        /** Held; the engine reads the source into the frames. */
        READING,
        /** The data is in the frames and nowhere else; a rival has to take its turn. */
        EXPOSED,
        /** The engine writes the target from the frames. */
        WRITING,
        /** Released; rivals are still inside the gate. */
        LEAVING
    }

    final int index;
    final long address;
    final int capacityPages;
    final RivalGate gate = new RivalGate();
    /** Of a job that pins. */
    final PageBatch<Hold.Pin> pins;
    /** Of a job that takes plain references. */
    final PageBatch<Hold.Get> gets;
    final ScatterList frames;
    final DmaDescriptor read;
    final DmaDescriptor write;
    Stage stage = Stage.IDLE;
    long position;
    long bytes;
    int tries;

    Window(PhysicalMemory memory, int index, long address, int pages) {
        this.index = index;
        this.address = address;
        capacityPages = pages;
        pins = PageBatch.create(memory, pages);
        gets = PageBatch.create(memory, pages);
        frames = new ScatterList(memory, pages);
        read = new DmaDescriptor(2 * index);
        write = new DmaDescriptor(2 * index + 1);
    }

    /** Pages the chunk of now needs; the last one may be used in part. */
    int pages() {
        return (int) ((bytes + 4095) >>> 12);
    }

    /** Length of the whole window in bytes, whatever the chunk needs. */
    long windowBytes() {
        return (long) capacityPages << 12;
    }

    /** Gives the control blocks of its batches back; throws if one of them holds pages. */
    void close() {
        try {
            pins.close();
        } finally {
            gets.close();
        }
    }

    @Override
    public String toString() {
        return "chunk of " + bytes + " bytes at " + position + " (window " + index + ", "
                + stage.name().toLowerCase(java.util.Locale.ROOT) + ")";
    }
}

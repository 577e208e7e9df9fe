package io.pinfold.hwmodel.copy;

import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.hwmodel.dma.DmaDescriptor;
import io.pinfold.hwmodel.dma.ScatterList;

/**
 * One piece of the user address space and the chunk that passes through it. Only the copier uses the fields other than
 * the gate and the address.
 */
final class Window {

    /** The stage of the chunk, in the order in which it goes through them. */
    enum Stage {
        /** No chunk is in flight. */
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
    /** Opens the window of a job that pins. */
    final PageBatch<Hold.Pin> pins;
    /** Opens the window of a job that takes plain references. */
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

    /** Pages that the current chunk needs; the last one may be used in part. */
    int pages() {
        return (int) ((bytes + 4095) >>> 12);
    }

    /** Length of the whole window in bytes, whatever the chunk needs. */
    long windowBytes() {
        return (long) capacityPages << 12;
    }

    /** Releases the control blocks of its batches; throws if one of them holds pages. */
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

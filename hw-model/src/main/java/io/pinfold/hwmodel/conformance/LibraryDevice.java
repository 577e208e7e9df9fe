package io.pinfold.hwmodel.conformance;

import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.hwmodel.dma.DmaDescriptor;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.dma.DmaStatus;
import io.pinfold.hwmodel.dma.Frames;
import io.pinfold.hwmodel.dma.ScatterList;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.collections.LongHashSet;

/**
 * The library's DMA engine with a page for a device. It reaches frames by number and generation, as they were when a
 * buffer was registered: a frame that has a new owner meanwhile ends the story.
 */
final class LibraryDevice implements AutoCloseable {

    /** A registered buffer: its holding batch, and the generations that its frames had then. */
    record Buffer(PageBatch<Hold.Pin> batch, List<Integer> generations) {

        static Buffer of(PageBatch<Hold.Pin> batch) {
            return new Buffer(batch, IntStream.range(0, batch.length())
                    .mapToObj(i -> Frames.generation(batch.memory(), batch.pfn(i))).toList());
        }
    }

    private final PhysicalMemory memory;
    private final DmaEngine engine;
    private final PageDevice device = new PageDevice();

    LibraryDevice(PhysicalMemory memory) {
        this.memory = memory;
        engine = DmaEngine.open(memory, "conformance", 1);
    }

    /** Returns what the device reads from a page of a buffer. */
    int load(Buffer buffer, int page) {
        transfer(list(buffer, page), Scratch.PAGE_BYTES, false);
        return device.content();
    }

    /** Lets the device fill a page of a buffer. */
    void store(Buffer buffer, int page, byte value) {
        device.fill(value);
        transfer(list(buffer, page), Scratch.PAGE_BYTES, true);
    }

    /**
     * Moves whole pages of the batch. Pages moved into memory are full of {@code value}; the content of the last page
     * read is returned.
     */
    int move(PageBatch<?> batch, int pages, boolean intoMemory, byte value) {
        ScatterList list = new ScatterList(memory, Math.max(1, batch.length()));
        list.addHeld(batch);
        device.fill(value);
        transfer(list, (long) pages * Scratch.PAGE_BYTES, intoMemory);
        return device.content();
    }

    private ScatterList list(Buffer buffer, int page) {
        ScatterList list = new ScatterList(memory, 1);
        list.add(buffer.batch().pfn(page), buffer.generations().get(page));
        return list;
    }

    private void transfer(ScatterList list, long bytes, boolean intoMemory) {
        DmaDescriptor descriptor = new DmaDescriptor(0);
        if (intoMemory) {
            descriptor.fromDevice(device, 0, list, bytes);
        } else {
            descriptor.toDevice(device, 0, list, bytes);
        }
        if (!engine.submit(descriptor)) {
            throw new IllegalStateException("the engine's ring is full");
        }
        engine.ring();
        int _ = engine.doWork();
        if (engine.poll() != descriptor || descriptor.status() != DmaStatus.DONE) {
            throw new IllegalStateException("the transfer ended " + descriptor.status());
        }
    }

    /** KiB that a ring charges for a buffer: a large folio of its pages is charged once, and whole. */
    static long chargedKb(PageBatch<?> batch, LongHashSet chargedHeads) {
        long pages = 0;
        LongHashSet heads = new LongHashSet();
        boolean _ = heads.addAll(chargedHeads);
        for (int i = 0; i < batch.length(); i++) {
            PageInfo head = batch.memory().page(batch.memory().page(batch.pfn(i)).head());
            boolean isCharged = head.order() > 0 && !heads.add(head.pfn());
            pages += isCharged ? 0 : head.pages();
        }
        boolean _ = chargedHeads.addAll(heads);
        return pages * Scratch.PAGE_BYTES / 1024;
    }

    @Override
    public void close() {
        engine.close();
    }
}

package io.pinfold.hwmodel.dma;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;
import java.util.ArrayDeque;
import java.util.Deque;
import org.agrona.concurrent.AgentInvoker;

/** A memory with an engine that runs when a test steps it. */
final class DmaFixture implements AutoCloseable {

    final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16 << 20));
    final MemoryCore core = Bridge.core(memory);
    final DmaEngine engine;
    private final AgentInvoker invoker;
    private final Deque<Long> frames = new ArrayDeque<>();

    DmaFixture(int capacity) {
        engine = DmaEngine.open(memory, "test", capacity);
        invoker = new AgentInvoker(problem -> {
            throw new AssertionError(problem);
        }, null, engine);
        invoker.start();
    }

    /** Rings and runs the engine until it has nothing to do. */
    void go() {
        engine.ring();
        while (invoker.invoke() > 0) {
            Thread.onSpinWait();
        }
    }

    long frame(int fill) {
        long pfn = core.blocks().allocate(0, Blocks.NORMAL);
        if (pfn < 0) {
            throw new AssertionError("no frame: " + pfn);
        }
        frames.push(pfn);
        Words.fill(core.frameAddress(pfn), 4096, (byte) fill);
        return pfn;
    }

    void free(long pfn) {
        frames.remove(pfn);
        if (PageRefs.subAndTest(core.recordAddress(pfn), 1)) {
            FreeBatch batch = new FreeBatch(core);
            batch.add(pfn);
            batch.drain();
        }
    }

    ScatterList list(long... pfns) {
        ScatterList list = new ScatterList(memory, Math.max(1, pfns.length));
        for (long pfn : pfns) {
            list.add(pfn, pfn > 0 && pfn < memory.frames() ? Frames.generation(memory, pfn) : 0);
        }
        return list;
    }

    byte[] bytes(long pfn, int count) {
        byte[] copy = new byte[count];
        Words.copyOut(core.frameAddress(pfn), copy, 0, count);
        return copy;
    }

    @Override
    public void close() {
        while (engine.poll() != null) {
            Thread.onSpinWait();
        }
        invoker.close();
        engine.close();
        while (!frames.isEmpty()) {
            free(frames.peek());
        }
        memory.close();
    }
}

package io.pinfold.fastpath.example;

import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.page.FrameHandle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongPredicate;
import java.util.function.ObjIntConsumer;

/** Caches pages by key. A hit takes no lock and may meet a frame that was evicted and re-used: its handle then fails. */
public final class FramePool {
    private final FrameHandles handles;
    private final ObjIntConsumer<MemorySegment> loader;
    private final AtomicLongArray table; // by key: the handle of the frame with its page, or NONE
    private final ArrayDeque<Integer> resident = new ArrayDeque<>();
    private final int capacity;

    public FramePool(PhysicalMemory memory, int keys, int capacity, ObjIntConsumer<MemorySegment> loader) {
        this.handles = memory.handles();
        this.loader = loader;
        this.table = new AtomicLongArray(keys);
        this.capacity = capacity;
    }

    /** The page of a key, pinned by the caller's session::tryPin; NONE if all frames are in use. Any thread may unpin it. */
    public long pin(LongPredicate tryPin, int key) {
        long handle = table.get(key);
        while (!tryPin.test(handle)) { // not cached, just being evicted, or the frame is another key's by now
            if (!load(key)) {
                return FrameHandle.NONE;
            }
            handle = table.get(key);
        }
        return handle;
    }

    private synchronized boolean load(int key) {
        if (table.get(key) == FrameHandle.NONE) { // else another thread was faster
            long handle = resident.size() < capacity || evict() ? handles.allocate() : FrameHandle.NONE;
            if (handle == FrameHandle.NONE) {
                return false;
            }
            try (Arena arena = Arena.ofConfined()) {
                loader.accept(handles.view(handle, arena), key);
            }
            resident.add(key);
            table.set(key, handle);
        }
        return true;
    }

    /** Frees the oldest frame that nobody has pinned; false if there is none. */
    public synchronized boolean evict() {
        for (int tries = resident.size(); tries > 0; tries--) {
            int key = resident.remove();
            if (handles.tryFreeze(table.get(key))) { // nobody has it, and from now on nobody can pin it
                handles.free(table.getAndSet(key, FrameHandle.NONE));
                return true;
            }
            resident.add(key);
        }
        return false;
    }
}

package io.pinfold.fastpath.example;

import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.page.FrameHandle;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongPredicate;
import java.util.function.ObjLongConsumer;

/** Caches pages by key. A hit takes no lock and may meet a frame that was evicted and re-used: its handle then fails. */
public final class FramePool {
    private final FrameHandles handles;
    private final ObjLongConsumer<Integer> loader; // fills a frame with the page of a key
    private final AtomicLongArray table; // by key: the handle of the frame with its page, or NONE
    private final ArrayBlockingQueue<Integer> resident; // the keys that have a frame, oldest first

    public FramePool(FrameHandles handles, int keys, int frames, ObjLongConsumer<Integer> loader) {
        this.handles = handles;
        this.loader = loader;
        this.table = new AtomicLongArray(keys);
        this.resident = new ArrayBlockingQueue<>(frames);
    }

    /** The page of a key, pinned by the caller's session::tryPin; fails if all frames are in use. Any thread may unpin it. */
    public long pin(LongPredicate tryPin, int key) {
        long handle = table.get(key);
        while (!tryPin.test(handle)) { // not cached, just being evicted, or the frame is another key's by now
            handle = load(key);
        }
        return handle;
    }

    private synchronized long load(int key) {
        if (table.get(key) == FrameHandle.NONE) { // else another thread was faster
            if (resident.remainingCapacity() == 0 && !evict()) {
                throw new IllegalStateException("all frames are pinned");
            }
            long handle = handles.allocate();
            loader.accept(key, handle);
            table.set(key, handle);
            resident.add(key);
        }
        return table.get(key);
    }

    /** Frees the oldest frame that nobody has pinned; false if there is none. */
    public synchronized boolean evict() {
        for (Integer key : resident) {
            if (handles.tryFreeze(table.get(key))) { // nobody has it, and from now on nobody can pin it
                handles.free(table.getAndSet(key, FrameHandle.NONE));
                return resident.remove(key);
            }
        }
        return false;
    }
}

package io.pinfold.fastpath.example;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongUnaryOperator;
import java.util.function.ObjLongConsumer;
import java.util.stream.IntStream;

/** Caches pages by key. A hit takes no lock; a frame that was evicted and re-used meanwhile refuses its old handle. */
public final class FramePool {
    private final FrameHandles handles;
    private final ObjLongConsumer<Integer> loader; // fills a frame with the page of a key
    private final AtomicLongArray table; // by key: the handle of the frame with its page, or NONE
    private final Object[] loads; // by key: locked while its page is loaded, so that only callers of this key wait
    private final Semaphore room; // for frames that are neither resident nor being loaded
    private final ArrayBlockingQueue<Integer> resident; // the keys that have a frame, oldest first

    /** A pool of at most {@code frames} frames: of a memory without movable bytes, at most vmStat().freeFrames(). */
    public FramePool(FrameHandles handles, int keys, int frames, ObjLongConsumer<Integer> loader) {
        this.handles = handles;
        this.loader = loader;
        this.table = new AtomicLongArray(keys);
        this.loads = IntStream.range(0, keys).mapToObj(key -> new Object()).toArray();
        this.room = new Semaphore(frames);
        this.resident = new ArrayBlockingQueue<>(frames);
    }

    /** The page of a key, pinned by a session's tryPin or handles::tryPin; fails if no frame is free. */
    public long pin(LongUnaryOperator tryPin, int key) {
        long pin = tryPin.applyAsLong(table.get(key));
        while (pin == FrameHandle.NONE) { // not cached, just being evicted, or the frame is another key's by now
            pin = tryPin.applyAsLong(load(key));
        }
        return pin;
    }

    private long load(int key) {
        synchronized (loads[key]) {
            while (table.get(key) == FrameHandle.NONE) { // else another thread was faster
                if (room.tryAcquire()) {
                    table.set(key, fill(key));
                    resident.add(key);
                } else if (!evict()) {
                    throw new IllegalStateException("all frames are in use");
                }
            }
            return table.get(key);
        }
    }

    private long fill(int key) {
        long handle = FrameHandle.NONE;
        try {
            handle = handles.allocate();
            if (handle == FrameHandle.NONE) {
                throw new IllegalStateException("the memory has no frame left");
            }
            loader.accept(key, handle); // may take its time, and may fail
            return handle;
        } catch (Throwable e) {
            if (handle != FrameHandle.NONE) {
                handles.put(handle); // no other thread has seen it
            }
            room.release();
            throw e;
        }
    }

    /** Frees the oldest frame that is not pinned; false if there is none. */
    public synchronized boolean evict() {
        for (Integer key : resident) {
            long handle = table.get(key);
            if (handles.tryFreeze(handle)) { // it is not held, and cannot be pinned from now on
                resident.remove(key);
                table.set(key, FrameHandle.NONE);
                handles.free(handle);
                room.release();
                return true;
            }
        }
        return false;
    }
}

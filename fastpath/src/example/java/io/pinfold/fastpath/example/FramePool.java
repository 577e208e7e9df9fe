package io.pinfold.fastpath.example;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.FrameHandles;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongUnaryOperator;
import java.util.function.ObjLongConsumer;

/** Caches pages by key. A hit takes no lock; a frame that was evicted and re-used meanwhile refuses its old handle. */
public final class FramePool {
    private final FrameHandles handles;
    private final ObjLongConsumer<Integer> loader; // fills a frame with the page of a key
    private final AtomicLongArray table; // by key: the handle of the frame with its page, or NONE
    private final ConcurrentHashMap<Integer, CompletableFuture<Void>> loads = new ConcurrentHashMap<>(); // under way
    private final Semaphore room; // for frames that are neither resident nor being loaded
    private final ArrayBlockingQueue<Integer> resident; // the keys that have a frame, oldest first

    /** A pool of at most {@code frames} frames: of a memory without movable bytes, at most vmStat().freeFrames(). */
    public FramePool(FrameHandles handles, int keys, int frames, ObjLongConsumer<Integer> loader) {
        this.handles = handles;
        this.loader = loader;
        this.table = new AtomicLongArray(keys);
        this.room = new Semaphore(frames);
        this.resident = new ArrayBlockingQueue<>(frames);
    }

    /** Eight bytes of the page of a key, read without a hold. */
    public long readLong(int key, long offset) {
        for (;;) {
            long handle = table.get(key);
            long value = handles.readLong(handle, offset, -1);
            if (value != -1 || handles.readLong(handle, offset, 0) == -1) { // -1 in place of 0 can only be data
                return value;
            }
            load(key); // not cached, just being evicted, or the frame is another key's by now
        }
    }

    /** Copies bytes of the page of a key, all of one moment, without a hold. */
    public void copyOut(int key, long offset, MemorySegment target) {
        while (!handles.copyOut(table.get(key), offset, target)) {
            load(key);
        }
    }

    /** The page of a key, pinned by a session's tryPin or handles::tryPin; fails if no frame is free. */
    public long pin(LongUnaryOperator tryPin, int key) {
        long pin = tryPin.applyAsLong(table.get(key));
        while (pin == FrameHandle.NONE) {
            load(key);
            pin = tryPin.applyAsLong(table.get(key));
        }
        return pin;
    }

    private void load(Integer key) {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> other = loads.putIfAbsent(key, mine);
        if (other != null) {
            other.join(); // however that load ends, the caller looks again
            return;
        }
        try {
            if (table.get(key) == FrameHandle.NONE) { // else another thread was faster
                fill(key);
            }
        } finally {
            loads.remove(key, mine);
            mine.complete(null);
        }
    }

    private void fill(Integer key) {
        long handle = FrameHandle.NONE;
        while (handle == FrameHandle.NONE && !room.tryAcquire()) {
            handle = takeOldest(handles::tryRecycle);
            if (handle == FrameHandle.NONE && !evict()) { // a frame that has used up its lives is evicted
                throw new IllegalStateException("all frames are in use");
            }
        }
        try {
            handle = handle == FrameHandle.NONE ? handles.allocate() : handle;
            if (handle == FrameHandle.NONE) {
                throw new IllegalStateException("the memory has no frame left");
            }
            loader.accept(key, handle); // under no lock: it may take its time, and may fail
        } catch (Throwable e) {
            if (handle != FrameHandle.NONE) {
                handles.put(handle); // no other thread has seen it
            }
            room.release();
            throw e;
        }
        table.set(key, handle);
        resident.add(key);
    }

    /** Frees the oldest frame that is not pinned; false if there is none. */
    public boolean evict() {
        long handle = takeOldest(oldest -> handles.tryFreeze(oldest) ? oldest : FrameHandle.NONE);
        if (handle != FrameHandle.NONE) {
            handles.free(handle);
            room.release();
        }
        return handle != FrameHandle.NONE;
    }

    private synchronized long takeOldest(LongUnaryOperator take) {
        for (Integer key : resident) {
            long taken = take.applyAsLong(table.get(key));
            if (taken != FrameHandle.NONE) { // it was not held, and neither pins nor reads find it from now on
                resident.remove(key);
                table.set(key, FrameHandle.NONE);
                return taken;
            }
        }
        return FrameHandle.NONE;
    }
}

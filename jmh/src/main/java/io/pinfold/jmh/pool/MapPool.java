package io.pinfold.jmh.pool;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A pool of buffers in a {@link ConcurrentHashMap}, in all but the buffers as the pool of the README: it loads under no
 * lock, at most one load of a key goes on, and the oldest buffer that is not in use goes. Keys are boxed by the caller,
 * who may have done it before, because the map wants them so.
 *
 * @param <B> a buffer with a page
 */
public abstract class MapPool<B> {
    private final ConcurrentHashMap<Integer, B> map;
    private final ConcurrentHashMap<Integer, CompletableFuture<Void>> loads = new ConcurrentHashMap<>();
    private final Semaphore room;
    private final ArrayBlockingQueue<Integer> resident;

    MapPool(int buffers) {
        map = new ConcurrentHashMap<>(2 * buffers);
        room = new Semaphore(buffers);
        resident = new ArrayBlockingQueue<>(buffers);
    }

    /** Eight bytes of the page of a key; loads it if need be. */
    public abstract long readLong(Integer key, int offset);

    /** Reads a word of the page of each of the next keys, and fails if one is of another page. */
    public abstract int read(Draws draws, int reads);

    /** A buffer for the first page in it. */
    abstract B allocate();

    /** Puts the page of a key into a buffer that no other thread uses. */
    abstract void fill(B buffer, Integer key);

    /**
     * Takes a buffer from its key if no thread reads it, which the map forgets; readers that still have it notice.
     *
     * @return the buffer or another one, for {@link #fill}; null if it is in use
     */
    abstract @Nullable B take(B buffer, Integer key);

    /** Gives a buffer back. */
    abstract void free(B buffer);

    /** The buffer that the map has for a key; the reader has to find out whether it is still that of the key. */
    final @Nullable B find(Integer key) {
        return map.get(key);
    }

    final void forget(Integer key) {
        map.remove(key);
    }

    final void load(Integer key) {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        CompletableFuture<Void> other = loads.putIfAbsent(key, mine);
        if (other != null) {
            other.join();
            return;
        }
        try {
            if (!map.containsKey(key)) {
                B buffer = room.tryAcquire() ? allocate() : takeOldest();
                if (buffer == null) {
                    throw new IllegalStateException("all buffers are in use");
                }
                fill(buffer, key);
                map.put(key, buffer);
                resident.add(key);
            }
        } finally {
            loads.remove(key, mine);
            mine.complete(null);
        }
    }

    private synchronized @Nullable B takeOldest() {
        for (Integer key : resident) {
            B buffer = map.get(key);
            B taken = buffer == null ? null : take(buffer, key);
            if (taken != null) {
                resident.remove(key);
                return taken;
            }
        }
        return null;
    }

    /** Gives all buffers back, when no thread uses the pool any more. */
    public final void close() {
        map.values().forEach(this::free);
        map.clear();
    }
}

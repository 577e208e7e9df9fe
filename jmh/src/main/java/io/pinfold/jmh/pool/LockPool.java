package io.pinfold.jmh.pool;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/** A pool whose buffers have a read-write lock each: a reader holds it for reading, an eviction for writing. */
public final class LockPool extends MapPool<LockPool.Buffer> {
    private static final int NO_KEY = -1;

    private final MemorySegment pages;
    private int allocated;

    /** A native page with its lock. */
    static final class Buffer {
        private final ReentrantReadWriteLock.ReadLock read;
        private final ReentrantReadWriteLock.WriteLock write;
        private final MemorySegment page;
        private int key = NO_KEY; // under the lock

        Buffer(MemorySegment page) {
            ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
            this.read = lock.readLock();
            this.write = lock.writeLock();
            this.page = page;
        }

        private void setKey(int newKey) {
            write.lock();
            try {
                key = newKey;
            } finally {
                write.unlock();
            }
        }
    }

    /** A pool of at most {@code buffers} buffers. */
    public LockPool(int buffers) {
        super(buffers);
        pages = Arena.ofAuto().allocate((long) buffers * Pages.BYTES, Pages.BYTES);
    }

    @Override
    public long readLong(Integer key, int offset) {
        for (;;) {
            Buffer buffer = find(key);
            if (buffer != null) {
                buffer.read.lock();
                try {
                    if (buffer.key == key) { // else it was evicted since the map was asked
                        return buffer.page.get(ValueLayout.JAVA_LONG, offset);
                    }
                } finally {
                    buffer.read.unlock();
                }
            }
            load(key);
        }
    }

    @Override
    public int read(Draws draws, int reads) { // in each pool once more: compiled for its one caller
        int from = draws.advance(reads);
        for (int at = from; at != from + reads; at++) {
            Integer key = draws.boxed(at);
            Pages.check(readLong(key, Draws.offset(at)), key);
        }
        return reads;
    }

    @Override
    synchronized Buffer allocate() {
        return new Buffer(pages.asSlice((long) allocated++ * Pages.BYTES, Pages.BYTES));
    }

    @Override
    void fill(Buffer buffer, Integer key) {
        Pages.make(buffer.page, key); // readers that still have the buffer find no key in it
        buffer.setKey(key);
    }

    @Override
    @Nullable
    Buffer take(Buffer buffer, Integer key) {
        if (!buffer.write.tryLock()) {
            return null;
        }
        try {
            buffer.key = NO_KEY;
            forget(key);
        } finally {
            buffer.write.unlock();
        }
        return buffer;
    }

    @Override
    void free(Buffer buffer) {
        buffer.setKey(NO_KEY);
    }
}

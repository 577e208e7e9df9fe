package io.pinfold.jmh.pool;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCounted;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A pool of Netty's buffers: a reader retains and releases, and so does the pool. Netty's allocator uses the objects
 * again, so an outdated reference to a buffer could retain it with another page in it: what the map has, and readers
 * retain, is an object of one page, made at its load.
 */
public final class NettyPool extends MapPool<NettyPool.Page> {
    private static final boolean IS_LITTLE = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    /** A page in a buffer, which is released with its last reference. */
    static final class Page extends AbstractReferenceCounted {
        private final ByteBuf buffer;

        Page(ByteBuf buffer) {
            this.buffer = buffer;
        }

        @Override
        protected void deallocate() {
            buffer.release();
        }

        @Override
        public ReferenceCounted touch(Object hint) {
            return this;
        }
    }

    /** A pool of at most {@code buffers} buffers, besides those that readers hold while they are evicted. */
    public NettyPool(int buffers) {
        super(buffers);
    }

    @Override
    public long readLong(Integer key, int offset) {
        for (;;) {
            Page page = find(key);
            if (page != null && tryRetain(page)) {
                try {
                    return IS_LITTLE ? page.buffer.getLongLE(offset) : page.buffer.getLong(offset);
                } finally {
                    page.release();
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

    /** Retains a page; false if it was evicted since the map was asked. */
    private static boolean tryRetain(Page page) {
        try {
            page.retain();
            return true;
        } catch (IllegalReferenceCountException e) {
            return false;
        }
    }

    @Override
    Page allocate() {
        return new Page(PooledByteBufAllocator.DEFAULT.directBuffer(Pages.BYTES, Pages.BYTES));
    }

    @Override
    void fill(Page page, Integer key) {
        Pages.make(MemorySegment.ofBuffer(page.buffer.internalNioBuffer(0, Pages.BYTES)), key);
    }

    @Override
    @Nullable
    Page take(Page page, Integer key) {
        if (page.refCnt() > 1) {
            return null;
        }
        forget(key); // before its last reference is released: what readers get then is an exception
        page.release();
        return allocate();
    }

    @Override
    void free(Page page) {
        page.release();
    }
}

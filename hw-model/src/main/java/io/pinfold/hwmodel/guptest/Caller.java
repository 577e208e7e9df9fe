package io.pinfold.hwmodel.guptest;

import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.fastpath.GupSession;
import org.jspecify.annotations.Nullable;

/**
 * A thread's part of the test: its session, a batch for every call of a slice, and the clock. One thread at a time; the
 * phases may run on different threads.
 *
 * <pre>
 *   begin -> (get -> remember -> put)* -> run
 * </pre>
 */
final class Caller implements AutoCloseable {

    private final PhysicalMemory memory;
    private final AddressSpace space;
    private final int pagesPerCall;
    private final int flags;
    private final GupSession session;
    private final Batch<?>[] batches;
    /** Frames of the slice, for the checks after they were given back. */
    private final int[] frames;
    private GupCall call = GupCall.GUP_FAST_BENCHMARK;
    /** Batches and pages that are held now. */
    private int used;
    private int held;
    private long pages;
    private long calls;
    private long getNanos;
    private long putNanos;
    private boolean isStopped;
    private int errno;

    /**
     * Opens a caller.
     *
     * @param calls        most calls of a slice
     * @param pagesPerCall pages of one call
     */
    Caller(PhysicalMemory memory, AddressSpace space, GupTestOptions options, int calls, int pagesPerCall) {
        this.memory = memory;
        this.space = space;
        this.pagesPerCall = pagesPerCall;
        this.flags = options.flags();
        this.session = GupSession.open(memory);
        session.detach(); // each slice is another thread's
        this.batches = new Batch<?>[calls];
        for (int i = 0; i < calls; i++) {
            batches[i] = options.extents() ? memory.newExtentBatch(pagesPerCall) : memory.newPageBatch(pagesPerCall);
        }
        this.frames = new int[Math.multiplyExact(calls, pagesPerCall)];
    }

    /** Begins a new run. */
    void begin(GupCall next) {
        call = next;
        pages = 0;
        calls = 0;
        getNanos = 0;
        putNanos = 0;
        isStopped = false;
        errno = 0;
    }

    /**
     * Makes calls until all pages of the slice are held. A short call ends the run. Only the calls are timed; mmap_lock
     * is taken before.
     */
    void get(long address, int wanted) {
        if (isStopped) {
            return;
        }
        session.attach();
        try (MmapGuard guard = call.needsLock() ? space.readLock() : null) {
            getTimed(guard, address, wanted);
        } finally {
            session.detach();
        }
    }

    private void getTimed(@Nullable MmapGuard guard, long address, int wanted) {
        int got = 0;
        long start = System.nanoTime();
        while (held < wanted) {
            int asked = Math.min(pagesPerCall, wanted - held);
            long at = address + ((long) held << Geometry.PAGE_SHIFT);
            got = call.obtain(session, guard, space, at, asked, flags, batches[used]);
            calls++;
            if (got > 0) {
                held += got;
                used++;
            }
            if (got != asked) {
                isStopped = true;
                break;
            }
        }
        getNanos += System.nanoTime() - start;
        pages += held;
        if (isStopped) {
            errno = got < 0 ? -got : batches[Math.max(0, got > 0 ? used - 1 : used)].stopReason();
        }
    }

    /** Records which frames are held; after {@link #get}, before {@link #put}. */
    void remember() {
        int n = 0;
        for (int i = 0; i < used; i++) {
            n = switch (batches[i]) {
                case PageBatch<?> list -> remember(list, n);
                case ExtentBatch<?> extents -> remember(extents, n);
            };
        }
    }

    private int remember(PageBatch<?> list, int from) {
        int n = from;
        for (int i = 0; i < list.size(); i++) {
            frames[n++] = (int) list.pfn(i);
        }
        return n;
    }

    private int remember(ExtentBatch<?> extents, int from) {
        int n = from;
        for (int extent = 0; extent < extents.extents(); extent++) {
            for (int page = 0; page < extents.pages(extent); page++) {
                frames[n++] = (int) extents.firstPfn(extent) + page;
            }
        }
        return n;
    }

    /** Gives back all pages of the slice. */
    void put() {
        long start = System.nanoTime();
        for (int i = 0; i < used; i++) {
            call.release(memory, batches[i]);
        }
        putNanos += System.nanoTime() - start;
        used = 0;
    }

    /** Ends the slice: its frames are forgotten. */
    void forget() {
        held = 0;
    }

    /** The number of pages of the slice that were obtained, until {@link #forget}. */
    int pages() {
        return held;
    }

    /** The frame of one of these pages. */
    long frame(int index) {
        return Integer.toUnsignedLong(frames[index]);
    }

    GupSession session() {
        return session;
    }

    /** The result of this run. */
    GupRun run(int repeat, int thread, long wanted) {
        return new GupRun(call, repeat, thread, pages, wanted, calls, getNanos, putNanos, errno);
    }

    /** Gives back all pages that are still held, and closes the session. */
    @Override
    public void close() {
        for (Batch<?> batch : batches) {
            if (batch.isHeld()) {
                call.release(memory, batch);
            }
            batch.close();
        }
        session.close();
    }
}

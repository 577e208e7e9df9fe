package io.pinfold.fastpath;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.pagemap.CallbackFailure;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pinned range of an address space as memory segments, for use in a {@code try} statement.
 *
 * <p>There is one segment for each run of physically contiguous frames, in the order of addresses; a run that reaches
 * over a multiple of 256 MiB of the range is cut there. Together they are exactly the bytes asked for, also where the
 * first or last page is only partly inside. Without {@link GupOptions#WRITE} they are read-only. They stay valid, and
 * the bytes stay in place, until {@link #close()}, whatever happens to the mapping meanwhile; a write through a segment
 * after the range was unmapped reaches a page that is not mapped any more.
 *
 * <p>{@link #pin} gives segments to the calling thread only, which must also close the range. Such a segment is no good
 * for {@link java.nio.channels.AsynchronousFileChannel}: the channel's thread may not touch it, and the operation never
 * completes.
 *
 * <p>{@link #pinShared} gives segments to all threads, asynchronous channels included. Closing such a range waits for
 * every thread of the process to pass a handshake (about 70 us). A thread that is in an access at that moment is not
 * waited for: the access throws IllegalStateException, and JDK 25 may also leave the interrupt status of that thread
 * set. Close is refused while a channel works with a segment.
 *
 * <p>Not for the hot path: it allocates. Kernel: pin_user_pages_fast() with a bvec, and unpin_user_pages_dirty_lock().
 *
 * {@snippet :
 * try (PinnedRange pin = PinnedRange.pin(session, space, address, 8192, GupOptions.WRITE)) {
 *     for (MemorySegment run : pin.segments()) {
 *         channel.read(run.asByteBuffer()); // straight into the pages
 *     }
 * }
 * }
 */
public final class PinnedRange implements AutoCloseable {
    private static final int PAGES_PER_BATCH = 1 << 16;

    private final PhysicalMemory memory;
    /** In the order of addresses; one, unless the range is very long. */
    private final List<ExtentBatch<Hold.Pin>> batches;
    private final int pages;
    private final boolean write;
    private final Arena arena;
    private final List<MemorySegment> segments;

    private PinnedRange(PhysicalMemory memory, List<ExtentBatch<Hold.Pin>> batches, int pages, boolean write,
            Arena arena,
            List<MemorySegment> segments) {
        this.memory = memory;
        this.batches = batches;
        this.pages = pages;
        this.write = write;
        this.arena = arena;
        this.segments = segments;
    }

    /**
     * Pins a range for the calling thread. Release with {@link #close}, on the same thread.
     *
     * @param session the session to walk with; not needed afterwards
     * @param space   the address space
     * @param address first byte, any alignment
     * @param bytes   length, at least 1
     * @param options READ or WRITE, and longTerm, force, noFault, as for {@link GupSession#pinUserPagesFast}
     * @return the pinned range
     * @throws PinException if not every page could be pinned, or an option is not accepted; nothing is held then
     * @throws IllegalArgumentException if {@code bytes} is less than 1 or needs more than 2^31-1 pages, or the space is
     *         of another memory
     * @throws MisuseException if the space or the session is closed
     * @throws MemoryClosedException if the memory is closed
     */
    public static PinnedRange pin(GupSession session, AddressSpace space, long address, long bytes,
            GupOptions options) {
        return pin(session, space, address, bytes, options, false);
    }

    /**
     * Pins a range for all threads; see the class comment for what closing it costs. Release with {@link #close}, on
     * any thread.
     *
     * @param session the session to walk with; not needed afterwards
     * @param space   the address space
     * @param address first byte, any alignment
     * @param bytes   length, at least 1
     * @param options as for {@link #pin}
     * @return the pinned range
     * @throws PinException if not every page could be pinned, or an option is not accepted; nothing is held then
     * @throws IllegalArgumentException if {@code bytes} is less than 1 or needs more than 2^31-1 pages, or the space is
     *         of another memory
     * @throws MisuseException if the space or the session is closed
     * @throws MemoryClosedException if the memory is closed
     */
    public static PinnedRange pinShared(GupSession session, AddressSpace space, long address, long bytes,
            GupOptions options) {
        return pin(session, space, address, bytes, options, true);
    }

    private static PinnedRange pin(GupSession session, AddressSpace space, long address, long bytes, GupOptions options,
            boolean shared) {
        StackRoom.forCall();
        int pages = pagesOf(address, bytes);
        PhysicalMemory memory = Objects.requireNonNull(session, "session is null: GupSession.open makes one").memory();
        List<ExtentBatch<Hold.Pin>> batches = new ArrayList<>();
        @Nullable Arena arena = null;
        @Nullable PinnedRange made = null;
        try {
            pinAll(session, Bridge.required(space), address, pages, options, batches);
            arena = shared ? Arena.ofShared() : Arena.ofConfined();
            boolean write = options.isWrite();
            List<MemorySegment> segments = new ArrayList<>();
            long left = bytes;
            long skip = address & Geometry.PAGE_OFFSET_MASK;
            for (ExtentBatch<Hold.Pin> batch : batches) {
                left -= addViews(memory, batch, skip, left, write, arena, segments);
                skip = 0;
            }
            made = new PinnedRange(memory, batches, pages, write, arena, List.copyOf(segments));
            return made;
        } finally {
            if (made == null) {
                undo(memory, batches, arena);
            }
        }
    }

    /** Batch by batch, because a range may be longer than any heap has room for extents, and ends at its first hole. */
    private static void pinAll(GupSession session, AddressSpace space, long address, int pages, GupOptions options,
            List<ExtentBatch<Hold.Pin>> batches) {
        int done = 0;
        while (done < pages) {
            int part = Math.min(pages - done, PAGES_PER_BATCH);
            ExtentBatch<Hold.Pin> batch = session.memory().newExtentBatch(part);
            batches.add(batch);
            long start = address + ((long) done << Geometry.PAGE_SHIFT);
            int pinned = session.pinUserPagesFast(space, start, part, options, batch);
            if (pinned < part) {
                String range = "[0x" + Long.toHexString(address) + ", +" + pages + " pages)";
                int errno = pinned < 0 ? -pinned : batch.stopReason();
                throw new PinException(range, errno, done + Math.max(pinned, 0), pages);
            }
            done += part;
        }
    }

    private static void undo(PhysicalMemory memory, List<ExtentBatch<Hold.Pin>> batches, @Nullable Arena arena) {
        if (arena != null) {
            arena.close();
        }
        CallbackFailure failure = new CallbackFailure();
        for (ExtentBatch<Hold.Pin> batch : batches) {
            failure.run(() -> {
                if (batch.isHeld()) {
                    memory.unpinUserPages(batch);
                }
            });
            batch.close();
        }
        failure.rethrow();
    }

    /** Adds a segment for each extent; the bytes of them. */
    private static long addViews(PhysicalMemory memory, ExtentBatch<Hold.Pin> batch, long offset, long bytes,
            boolean write,
            Arena arena, List<MemorySegment> views) {
        long done = 0;
        long skip = offset;
        for (int extent = 0; extent < batch.extents(); extent++) {
            long run = Math.min(((long) batch.pages(extent) << Geometry.PAGE_SHIFT) - skip, bytes - done);
            MemorySegment view = Words.view(Bridge.core(memory).frameAddress(batch.firstPfn(extent)) + skip, run,
                    arena);
            views.add(write ? view : view.asReadOnly());
            done += run;
            skip = 0;
        }
        return done;
    }

    private static int pagesOf(long address, long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a pinned range has at least 1 byte, not " + bytes);
        }
        long last = ((address & Geometry.PAGE_OFFSET_MASK) + bytes - 1) >> Geometry.PAGE_SHIFT;
        if (last < 0 || last >= Integer.MAX_VALUE) {
            throw new IllegalArgumentException(bytes + " bytes at 0x" + Long.toHexString(address)
                    + " are more than " + Integer.MAX_VALUE + " pages");
        }
        return (int) last + 1;
    }

    /**
     * Number of physically contiguous runs.
     *
     * @return at least 1
     */
    public int runs() {
        return segments.size();
    }

    /**
     * One run.
     *
     * @param i 0 to {@link #runs()} - 1, in the order of addresses
     * @return the bytes of the range that lie in this run; read-only unless the range was pinned with WRITE
     * @throws IndexOutOfBoundsException if there is no such run
     */
    public MemorySegment run(int i) {
        return segments.get(Objects.checkIndex(i, segments.size()));
    }

    /**
     * All runs in the order of addresses.
     *
     * @return an unmodifiable list
     */
    public List<MemorySegment> segments() {
        return segments;
    }

    /**
     * Number of pages pinned.
     *
     * @return at least 1
     */
    public int pages() {
        return pages;
    }

    /**
     * Ends the segments, then the pin. With WRITE the pages are marked dirty, because they may have been written.
     * Closing a second time does nothing.
     *
     * @throws MisuseException if a channel works with a segment, or another thread than the one that pinned closes an
     *                               unshared range: the segments stay valid and the pin stays. Close again.
     */
    @Override
    public void close() {
        StackRoom.forCall();
        if (!arena.scope().isAlive()) {
            return;
        }
        try {
            // Decides which of several closers releases the pin: the others get the exception below.
            arena.close();
        } catch (IllegalStateException | WrongThreadException refused) {
            if (!arena.scope().isAlive()) {
                return;
            }
            throw new MisuseException("the segments cannot be closed now (" + refused.getMessage() + "), so the "
                    + pages() + " pages stay pinned; close the range again", refused);
        }
        CallbackFailure failure = new CallbackFailure(); // the owner of a device page may throw
        for (ExtentBatch<Hold.Pin> batch : batches) {
            failure.run(() -> memory.unpinUserPagesDirtyLock(batch, write));
            batch.close();
        }
        failure.rethrow();
    }
}

package io.pinfold.fastpath;

import static io.pinfold.core.gup.FollFlags.FOLL_WRITE;

import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.pgtable.Geometry;
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
 * <p>There is one segment for each run of physically contiguous frames, in the order of addresses; together they are exactly
 * the bytes asked for, also where the first or last page is only partly inside. Without {@link
 * io.pinfold.core.gup.FollFlags#FOLL_WRITE} they are read-only. They stay valid, and the bytes stay in place, until
 * {@link #close()}, whatever happens to the mapping meanwhile; a write through a segment after the range was unmapped
 * reaches a page that nobody maps any more.
 *
 * <p>{@link #pin} gives segments to the calling thread only, which must also close the range. {@link #pinShared} gives
 * segments to all threads; closing such a range waits for every thread of the process to pass a handshake (about 70 us) and
 * is refused while an access runs.
 *
 * <p>Not for the hot path: it allocates. Kernel: pin_user_pages_fast() with a bvec, and unpin_user_pages_dirty_lock().
 */
public final class PinnedRange implements AutoCloseable {

    private final PhysicalMemory memory;
    private final ExtentBatch batch;
    private final boolean write;
    private final Arena arena;
    private final List<MemorySegment> segments;

    private PinnedRange(PhysicalMemory memory, ExtentBatch batch, boolean write, Arena arena,
            List<MemorySegment> segments) {
        this.memory = memory;
        this.batch = batch;
        this.write = write;
        this.arena = arena;
        this.segments = segments;
    }

    /**
     * Pins a range for the calling thread.
     *
     * @param session the session to walk with; not needed afterwards
     * @param space   the address space
     * @param address first byte, any alignment
     * @param bytes   length, at least 1
     * @param flags   FOLL_WRITE, FOLL_LONGTERM, FOLL_FORCE, FOLL_NOFAULT, FOLL_FAST_ONLY as for pin_user_pages_fast
     * @return the pinned range
     * @throws PinException             if not every page could be pinned; nothing is held then
     * @throws IllegalArgumentException if {@code bytes} is less than 1 or needs more than 2^31-1 pages
     */
    public static PinnedRange pin(GupSession session, AddressSpace space, long address, long bytes, int flags) {
        return pin(session, space, address, bytes, flags, false);
    }

    /**
     * Pins a range for all threads; see the class comment for what closing it costs.
     *
     * @param session the session to walk with; not needed afterwards
     * @param space   the address space
     * @param address first byte, any alignment
     * @param bytes   length, at least 1
     * @param flags   as for {@link #pin}
     * @return the pinned range
     * @throws PinException             if not every page could be pinned; nothing is held then
     * @throws IllegalArgumentException if {@code bytes} is less than 1 or needs more than 2^31-1 pages
     */
    public static PinnedRange pinShared(GupSession session, AddressSpace space, long address, long bytes, int flags) {
        return pin(session, space, address, bytes, flags, true);
    }

    private static PinnedRange pin(GupSession session, AddressSpace space, long address, long bytes, int flags,
            boolean shared) {
        int pages = pagesOf(address, bytes);
        PhysicalMemory memory = session.memory();
        ExtentBatch batch = memory.newExtentBatch(pages);
        int pinned = 0;
        @Nullable Arena arena = null;
        try {
            pinned = session.pinUserPagesFast(space, address, pages, flags, batch);
            if (pinned < pages) {
                String range = "[0x" + Long.toHexString(address) + ", +" + bytes + ")";
                int errno = pinned < 0 ? -pinned : batch.stopReason();
                throw new PinException(range, errno, Math.max(pinned, 0), pages);
            }
            arena = shared ? Arena.ofShared() : Arena.ofConfined();
            boolean write = (flags & FOLL_WRITE) != 0;
            List<MemorySegment> segments = views(memory, batch, address & Geometry.PAGE_OFFSET_MASK, bytes, write,
                    arena);
            return new PinnedRange(memory, batch, write, arena, segments);
        } catch (RuntimeException | Error failure) {
            undo(memory, batch, pinned, arena);
            throw failure;
        }
    }

    private static void undo(PhysicalMemory memory, ExtentBatch batch, int pinned, @Nullable Arena arena) {
        if (arena != null) {
            arena.close();
        }
        try {
            if (pinned > 0) {
                memory.unpinUserPages(batch);
            }
        } finally {
            batch.close();
        }
    }

    private static List<MemorySegment> views(PhysicalMemory memory, ExtentBatch batch, long offset, long bytes,
            boolean write,
            Arena arena) {
        List<MemorySegment> views = new ArrayList<>();
        long left = bytes;
        long skip = offset;
        for (int extent = 0; extent < batch.extents(); extent++) {
            long run = Math.min(((long) batch.pages(extent) << Geometry.PAGE_SHIFT) - skip, left);
            MemorySegment view = Words.view(memory.frameAddress(batch.firstPfn(extent)) + skip, run, arena);
            views.add(write ? view : view.asReadOnly());
            left -= run;
            skip = 0;
        }
        return List.copyOf(views);
    }

    private static int pagesOf(long address, long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a pinned range has at least 1 byte, not " + bytes);
        }
        long last = ((address & Geometry.PAGE_OFFSET_MASK) + bytes - 1) >> Geometry.PAGE_SHIFT;
        if (last < 0 || last >= Integer.MAX_VALUE) {
            throw new IllegalArgumentException(bytes + " bytes at 0x" + Long.toHexString(address)
                    + " are more pages than one batch holds");
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
     * @return the bytes of the range that lie in this run; read-only unless the range was pinned with FOLL_WRITE
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
        return batch.capacity();
    }

    /**
     * Ends the segments, then the pin. With FOLL_WRITE the pages are marked dirty, because somebody may have written.
     * Closing a second time does nothing.
     *
     * @throws IllegalStateException if a segment is in use, or another thread than the one that pinned closes an unshared
     *                               range: the segments stay valid and the pin stays. Close again.
     */
    @Override
    public void close() {
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
            throw new IllegalStateException("the segments cannot be closed now (" + refused.getMessage() + "), so the "
                    + pages() + " pages stay pinned; close the range again", refused);
        }
        try {
            memory.unpinUserPagesDirtyLock(batch, write);
        } finally {
            batch.close(); // also when the owner of a device page throws
        }
    }
}

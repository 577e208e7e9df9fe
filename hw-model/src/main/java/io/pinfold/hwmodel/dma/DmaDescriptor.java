package io.pinfold.hwmodel.dma;

import io.pinfold.core.words.Align;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A transfer for the engine. Owned by its submitter, reused for any number of transfers.
 *
 * <p>The life cycle is one word; every step is a compare-and-set that also publishes the other fields:
 *
 * <pre>
 *   IDLE --submit--> QUEUED --engine takes it--> RUNNING --complete--> COMPLETED --reap--> IDLE
 * </pre>
 *
 * Fields are set while IDLE and read while COMPLETED or, until the next preparation, IDLE. A completion of a descriptor
 * that is not RUNNING is a second one, or one by a non-owner: the engine counts it and delivers nothing.
 *
 * <p>Descriptors linked by {@link #then} form a chain: run in order, each only if all before it moved their bytes. When
 * one fails, the ones that never started are completed as {@link DmaStatus#CANCELLED}, last first, and the failed one
 * after them: every descriptor is given back before the one it was built on.
 */
public final class DmaDescriptor {

    static final int IDLE = 0;
    static final int QUEUED = 1;
    static final int RUNNING = 2;
    static final int COMPLETED = 3;

    private static final String[] STATES = {"idle", "queued", "running", "completed"};

    private final int id;
    private final AtomicInteger state = new AtomicInteger(IDLE);
    private @Nullable DmaDevice device;
    private boolean isToDevice;
    private long position;
    private long bytes;
    private @Nullable ScatterList list;
    private @Nullable ScatterList target;
    private @Nullable DmaDescriptor next;
    private @Nullable DmaDescriptor previous;

    private @Nullable DmaStatus status;
    private @Nullable Throwable failure;
    private long bytesMoved;
    private int staleFrames;
    private long completionNumber;

    /**
     * Makes an idle descriptor.
     *
     * @param id a number for messages; the engine does not use it
     */
    public DmaDescriptor(int id) {
        this.id = id;
    }

    /** Prepares a transfer of {@code bytes} from the device at {@code position} into the frames of a list. */
    public DmaDescriptor fromDevice(DmaDevice from, long position, ScatterList into, long bytes) {
        Objects.requireNonNull(from, "from");
        prepare(Objects.requireNonNull(into, "into"), position, bytes);
        device = from;
        return this;
    }

    /** Prepares a transfer of {@code bytes} from the frames of a list to the device at {@code position}. */
    public DmaDescriptor toDevice(DmaDevice to, long position, ScatterList from, long bytes) {
        Objects.requireNonNull(to, "to");
        prepare(Objects.requireNonNull(from, "from"), position, bytes);
        device = to;
        isToDevice = true;
        return this;
    }

    /** Prepares a transfer of {@code bytes} from the frames of one list to those of another, of the same memory. */
    public DmaDescriptor copy(ScatterList from, ScatterList into, long bytes) {
        Objects.requireNonNull(into, "into");
        if (into.memory() != Objects.requireNonNull(from, "from").memory()) {
            throw new IllegalArgumentException("lists of two memories: " + from.memory().options() + " and "
                    + into.memory().options());
        }
        checkFits(into, bytes);
        prepare(from, 0, bytes);
        target = into;
        return this;
    }

    private void prepare(ScatterList frames, long at, long length) {
        if (at < 0 || length < 1 || at > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException("DMA of " + length + " bytes at position " + at);
        }
        checkFits(frames, length);
        checkIdle("prepared");
        device = null;
        isToDevice = false;
        target = null;
        next = null;
        list = frames;
        position = at;
        bytes = length;
        status = null;
        failure = null;
        bytesMoved = 0;
        staleFrames = 0;
    }

    /** Checks the transfer again: a list may have been cleared meanwhile. */
    void checkFits() {
        checkFits(list(), bytes);
        ScatterList into = target;
        if (into != null) {
            checkFits(into, bytes);
        }
    }

    private static void checkFits(ScatterList frames, long length) {
        if (length > (long) frames.frames() * Align.PAGE_BYTES) {
            throw new IllegalArgumentException("DMA of " + length + " bytes, but the scatter list has "
                    + frames.frames() + " frames");
        }
    }

    /**
     * Links another prepared descriptor behind this one.
     *
     * @return {@code following}, so that chains read in order
     */
    public DmaDescriptor then(DmaDescriptor following) {
        Objects.requireNonNull(following, "following");
        checkIdle("linked");
        following.checkIdle("linked");
        for (DmaDescriptor d = following; d != null; d = d.next) {
            if (d == this) {
                throw new IllegalArgumentException("descriptor " + id + " would follow itself");
            }
        }
        next = following;
        return following;
    }

    private void checkIdle(String what) {
        int now = state.get();
        if (now != IDLE) {
            throw new IllegalStateException("descriptor " + id + " is " + STATES[now] + " and cannot be " + what);
        }
    }

    boolean move(int from, int to) {
        return state.compareAndSet(from, to);
    }

    /** Moves from idle to queued, behind another descriptor of its chain; false if it was not idle. */
    boolean queue(@Nullable DmaDescriptor behind) {
        if (!move(IDLE, QUEUED)) {
            return false;
        }
        previous = behind;
        return true;
    }

    void finished(DmaStatus result, long number) {
        status = result;
        completionNumber = number;
    }

    void progress(long moved, int stale, @Nullable Throwable problem) {
        bytesMoved = moved;
        staleFrames = stale;
        failure = problem;
    }

    String stateName() {
        return STATES[state.get()];
    }

    boolean isToDevice() {
        return isToDevice;
    }

    @Nullable
    DmaDevice device() {
        return device;
    }

    @Nullable
    ScatterList target() {
        return target;
    }

    @Nullable
    DmaDescriptor next() {
        return next;
    }

    /** The descriptor before this one in the chain that was submitted. */
    @Nullable
    DmaDescriptor previous() {
        return previous;
    }

    /** The number given at construction. */
    public int id() {
        return id;
    }

    /** The frames; for a copy, those it reads. */
    public ScatterList list() {
        ScatterList frames = list;
        if (frames == null) {
            throw new IllegalStateException("descriptor " + id + " was never prepared");
        }
        return frames;
    }

    /** Byte position on the device. */
    public long position() {
        return position;
    }

    /** Bytes to move. */
    public long bytes() {
        return bytes;
    }

    /** The result; only after it was reaped. */
    public DmaStatus status() {
        DmaStatus result = status;
        if (result == null) {
            throw new IllegalStateException("descriptor " + id + " is " + stateName() + " and has no status");
        }
        return result;
    }

    /** The exception of the device, or null. */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** Bytes moved before the transfer ended. */
    public long bytesMoved() {
        return bytesMoved;
    }

    /** Frames that were no longer those of the scatter list when the transfer ended. */
    public int staleFrames() {
        return staleFrames;
    }

    /**
     * Rank of this completion among all of its engine, from 1; it shows the order in which a failed chain was given
     * back.
     */
    public long completionNumber() {
        return completionNumber;
    }

    @Override
    public String toString() {
        return "descriptor " + id + " (" + stateName() + ", " + bytes + " bytes at " + position
                + (status == null ? "" : ", " + status) + ")";
    }
}

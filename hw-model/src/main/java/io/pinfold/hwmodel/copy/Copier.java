package io.pinfold.hwmodel.copy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.hwmodel.copy.Window.Stage;
import io.pinfold.hwmodel.dma.DmaDescriptor;
import io.pinfold.hwmodel.dma.DmaDevice;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.dma.DmaStatus;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/**
 * The driver: one thread that takes every chunk through the stages of its {@link Window}. Several windows are in use at
 * a time, so that the engine does not run dry.
 *
 * <p>One hold spans a chunk from before the engine reads the source until after it wrote the target. Between the two
 * the data is in the held frames and nowhere else, and with rivals the copier waits there until one of them has
 * replaced the window's pages ({@link Stage#EXPOSED}). So in every chunk, however short the job and however busy the
 * machine, the write is made from frames that the address space has lost, next to the very addresses where it now maps
 * others.
 */
final class Copier {

    /** Attempts in a row to hold one chunk before the job fails. */
    static final int TRIES_MAX = 100_000;

    private static final int ANONYMOUS_FIXED = MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED;
    private static final long PARK_NANOS = 1_000_000;

    private final AddressSpace user;
    private final Acquirer acquirer;
    private final DmaEngine engine;
    private final Window[] windows;
    private final Rivals rivals;
    private final boolean isOpposed;
    private final FrameHistory history;
    private final BooleanSupplier cancelled;
    private final LongConsumer progress;
    private final Counts counts = new Counts();

    private DmaDevice source;
    private DmaDevice target;
    private long size;
    private long next;

    /**
     * Opens a copier; {@link #copy} does the work.
     *
     * @param isOpposed whether there are rivals, whose turn is waited for
     */
    Copier(AddressSpace user, Acquirer acquirer, DmaEngine engine, Window[] windows, Rivals rivals, boolean isOpposed,
            FrameHistory history, DmaDevice source, DmaDevice target, BooleanSupplier cancelled,
            LongConsumer progress) {
        this.user = user;
        this.acquirer = acquirer;
        this.engine = engine;
        this.windows = windows;
        this.rivals = rivals;
        this.isOpposed = isOpposed;
        this.history = history;
        this.source = source;
        this.target = target;
        this.cancelled = cancelled;
        this.progress = progress;
    }

    /**
     * Copies {@code bytes} bytes. However it ends, nothing is held and nothing in flight afterwards.
     *
     * @throws CopyFailedException when a chunk cannot be held, a transfer failed, a rival died, or the job was
     *         cancelled
     */
    void copy(long bytes) throws CopyFailedException {
        size = bytes;
        try {
            while (counts.bytes < size || !quiet()) {
                checkAlive();
                boolean moved = reap();
                for (Window window : windows) {
                    moved |= step(window);
                }
                if (!moved) {
                    // The engine's interrupt and a rival that leaves a gate wake this thread; the park is bounded for
                    // cancellation.
                    LockSupport.parkNanos(this, PARK_NANOS);
                }
            }
        } finally {
            unwind();
        }
    }

    Counts counts() {
        return counts;
    }

    private boolean quiet() {
        for (Window window : windows) {
            if (window.stage != Stage.IDLE) {
                return false;
            }
        }
        return true;
    }

    private void checkAlive() throws CopyFailedException {
        Throwable problem = rivals.failure();
        if (problem != null) {
            throw new CopyFailedException("a rival failed: " + problem, problem);
        }
        if (cancelled.getAsBoolean()) {
            throw new CopyFailedException("interrupted after " + counts.bytes + " of " + size + " bytes");
        }
    }

    /** Takes the chains that the engine finished and moves their windows on. */
    private boolean reap() throws CopyFailedException {
        boolean any = false;
        for (DmaDescriptor done = engine.poll(); done != null; done = engine.poll()) {
            any = true;
            Window window = windows[done.id() / 2];
            for (DmaDescriptor d = done; d != null; d = d == window.read && !isOpposed ? window.write : null) {
                checkMoved(window, d);
            }
            if (window.stage == Stage.READING && isOpposed) {
                window.stage = Stage.EXPOSED;
            } else {
                finish(window);
            }
            rivals.beat();
        }
        return any;
    }

    private static void checkMoved(Window window, DmaDescriptor d) throws CopyFailedException {
        DmaStatus status = d.status();
        if (status == DmaStatus.DONE || status == DmaStatus.STALE) {
            return;
        }
        String what = d == window.read ? "reading the source" : "writing the target";
        Throwable problem = d.failure();
        throw new CopyFailedException(what + ", " + window + ": " + switch (status) {
            case SHORT -> "the file ended after " + (d.position() + d.bytesMoved()) + " bytes: it has shrunk";
            case BAD_FRAME -> "a frame number no device may touch";
            case CANCELLED -> "cancelled";
            default -> problem == null ? "I/O error" : String.valueOf(problem.getMessage());
        }, problem);
    }

    /** Does one step of one window; returns whether anything changed. */
    private boolean step(Window window) throws CopyFailedException {
        return switch (window.stage) {
            case IDLE -> choose(window);
            case PINNING -> pin(window);
            case EXPOSED -> window.gate.turns() > 0 && program(window, window.write, Stage.WRITING);
            case LEAVING -> left(window);
            case READING, WRITING -> false;
        };
    }

    private boolean choose(Window window) {
        if (next >= size) {
            return false;
        }
        window.position = next;
        window.bytes = Math.min(size - next, window.windowBytes());
        window.tries = 0;
        window.stage = Stage.PINNING;
        next += window.bytes;
        return true;
    }

    private boolean pin(Window window) throws CopyFailedException {
        int pages = window.pages();
        int n = acquirer.acquire(window);
        if (n < pages) {
            retry(window, n);
            return true;
        }
        history.inFlight(window.frames);
        window.gate.open();
        window.read.fromDevice(source, window.position, window.frames, window.bytes);
        window.write.toDevice(target, window.position, window.frames, window.bytes);
        if (!isOpposed) {
            window.read.then(window.write);
        }
        program(window, window.read, Stage.READING);
        rivals.beat();
        return true;
    }

    /**
     * Handles a short or refused pin: releases what was held, maps the window anew, and retries after the other
     * windows.
     */
    private void retry(Window window, int n) throws CopyFailedException {
        if (n > 0) {
            counts.shortPins++;
            acquirer.release(window, false);
        } else {
            counts.refused(n == 0 ? Errno.EFAULT : -n);
        }
        if (++window.tries >= TRIES_MAX) {
            throw new CopyFailedException("no progress: " + TRIES_MAX + " tries to hold the " + window.pages()
                    + " pages of the " + window + " in a row were short or refused, the last with "
                    + (n > 0 ? n + " pages" : Errno.nameOf(n)));
        }
        long at = user.mmap(window.address, window.windowBytes(), Prot.READ_WRITE, ANONYMOUS_FIXED);
        if (at != window.address) {
            throw new CopyFailedException("mapping the " + window + " anew: " + Errno.nameOf((int) at));
        }
        if ((window.tries & 15) == 0) {
            Thread.yield(); // several rivals at once: let each finish its current action
        }
    }

    /**
     * Submits a descriptor. The ring has a place for every descriptor of every window, so a refused submit would be a
     * bug of the engine.
     */
    private boolean program(Window window, DmaDescriptor descriptor, Stage stage) throws CopyFailedException {
        if (!engine.submit(descriptor)) {
            throw new CopyFailedException("the engine's ring is full with " + engine.inFlight() + " in flight");
        }
        engine.ring();
        window.stage = stage;
        return true;
    }

    private void finish(Window window) {
        counts.takenAway += acquirer.takenAway(window);
        acquirer.release(window, true);
        counts.bytes += window.bytes;
        counts.chunks++;
        window.gate.close();
        window.stage = Stage.LEAVING;
        progress.accept(counts.bytes);
    }

    private boolean left(Window window) {
        if (!window.gate.isEmpty()) {
            return false;
        }
        window.stage = Stage.IDLE;
        return true;
    }

    /**
     * Ends what is under way, newest step first: close the gates, wait until the engine is quiet (never release a frame
     * a device may still write to), then release. After a successful copy nothing remains to be done.
     */
    private void unwind() {
        for (Window window : windows) {
            window.gate.close();
        }
        while (engine.inFlight() > 0) {
            if (engine.poll() == null) {
                LockSupport.parkNanos(this, PARK_NANOS);
            }
        }
        for (int i = windows.length - 1; i >= 0; i--) {
            Window window = windows[i];
            if (window.stage == Stage.READING || window.stage == Stage.EXPOSED || window.stage == Stage.WRITING) {
                acquirer.release(window, true);
            }
            window.stage = Stage.IDLE;
        }
    }

    /** Returns the text that a thread dump shows as the blocker of the driver's park. */
    @Override
    public String toString() {
        return "dma-copy after " + counts.bytes + " of " + size + " bytes, waiting for " + engine;
    }
}

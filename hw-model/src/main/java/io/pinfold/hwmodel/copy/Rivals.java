package io.pinfold.hwmodel.copy;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads that work against a copy, and their beat. Every step of a chunk is a beat; in each beat a rival does one
 * raid or churn and the turns that are due, then waits for the next. So the rivals are as fast as the copy, and do not
 * take all the time of a machine with few processors.
 */
final class Rivals {

    private final List<Rival> rivals = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Window[] windows;
    private final AtomicLong beat = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Runnable copier;
    private volatile boolean isStopping;

    /**
     * Opens the rivals' address spaces; nothing runs yet.
     *
     * @param copier woken when a rival has taken a turn or has left a window
     */
    Rivals(PhysicalMemory memory, AddressSpace user, Window[] windows, CopyOptions options, int scratchPages,
            Runnable copier) {
        this.windows = windows;
        this.copier = copier;
        for (int i = 0; i < options.rivals(); i++) {
            rivals.add(new Rival(this, memory, user, scratchPages, options.seed() + 0x9E3779B97F4A7C15L * (i + 1)));
        }
    }

    void start() {
        for (int i = 0; i < rivals.size(); i++) {
            threads.add(Thread.ofPlatform().name("rival-" + i).start(rivals.get(i)));
        }
    }

    /** Counts a beat: a chunk has made a step. For the copier. */
    void beat() {
        beat.incrementAndGet(); // then reads the waiters; a waiting rival does the reverse (SB, volatile)
        for (int i = 0; i < threads.size(); i++) {
            if (rivals.get(i).isWaiting) {
                LockSupport.unpark(threads.get(i));
            }
        }
    }

    /** Asks all rivals to end after what they are at, also those that are not started yet. */
    void askToEnd() {
        isStopping = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }

    /** Ends all rivals, waits for them and closes their address spaces. A second call does nothing. */
    void stop() {
        askToEnd();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        threads.clear();
        for (Rival rival : rivals) {
            rival.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    boolean stopping() {
        return isStopping;
    }

    long beats() {
        return beat.get();
    }

    /** Waits for another beat than {@code seen}; may return early. */
    void awaitBeat(Rival rival, long seen) {
        rival.isWaiting = true;
        if (beat.get() == seen && !isStopping && wanted(0) == null) {
            LockSupport.park(this);
        }
        rival.isWaiting = false;
    }

    /** Finds a window that waits for a rival's turn, beginning at {@code start}; null when none does. */
    @Nullable
    Window wanted(int start) {
        for (int i = 0; i < windows.length; i++) {
            Window window = windows[(start + i) % windows.length];
            if (window.gate.wantsTurn()) {
                return window;
            }
        }
        return null;
    }

    Window window(int index) {
        return windows[index];
    }

    int windows() {
        return windows.length;
    }

    void wakeCopier() {
        copier.run();
    }

    void failed(Throwable problem) {
        failure.compareAndSet(null, problem);
        wakeCopier();
    }

    /** One of them; before {@link #start} or after {@link #stop} also for the thread that does these. */
    Rival rival(int index) {
        return rivals.get(index);
    }

    /** The exception that ended a rival, or null. */
    @Nullable
    Throwable failure() {
        return failure.get();
    }

    /** The counts of all rivals together; exact after they were stopped. */
    RivalStats stats() {
        RivalStats sum = new RivalStats(0, 0, 0, 0, 0, 0);
        for (Rival rival : rivals) {
            sum = sum.plus(rival.stats());
        }
        return sum;
    }
}

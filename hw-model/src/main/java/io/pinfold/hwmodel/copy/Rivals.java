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
 * The threads that work against a copy, and the beat they keep: every step of a chunk is a beat, and a rival does one piece
 * of mischief a beat (and whatever turns are wanted), then waits for the next. So the rivals are as fast as the copy, and a
 * machine with few processors is not kept busy by rivals alone.
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

    /** Copier: a chunk has made a step. */
    void beat() {
        beat.incrementAndGet(); // then reads who waits; a rival says that it waits, then reads the beat (SB, all volatile)
        for (int i = 0; i < threads.size(); i++) {
            if (rivals.get(i).isWaiting) {
                LockSupport.unpark(threads.get(i));
            }
        }
    }

    /** Ends all rivals, waits for them and closes their address spaces. Twice is once. */
    void stop() {
        isStopping = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
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

    /** A window that waits for a rival's turn, looked for from {@code start}; null when none does. */
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

    /** What killed a rival, or null. */
    @Nullable
    Throwable failure() {
        return failure.get();
    }

    /** What all rivals did together; exact once they were stopped. */
    RivalStats stats() {
        RivalStats sum = new RivalStats(0, 0, 0, 0, 0, 0);
        for (Rival rival : rivals) {
            sum = sum.plus(rival.stats());
        }
        return sum;
    }
}

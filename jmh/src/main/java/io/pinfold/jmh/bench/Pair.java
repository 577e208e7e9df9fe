package io.pinfold.jmh.bench;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;

/** Two threads that begin their bursts at the same moment, both on a processor: the caller's and a second one. */
final class Pair implements AutoCloseable {
    private static final int FIRST_HERE = 1;
    private static final int BOTH_HERE = 2;
    private static final int DONE = 3;

    /** Nanoseconds per call of the last burst of the caller. */
    double firstNanos;
    /** Nanoseconds per call of the last burst of the second thread. */
    double secondNanos;

    private final Semaphore wanted = new Semaphore(0);
    private final AtomicInteger state = new AtomicInteger();
    private final Thread second = new Thread(this::serve, "bench-second");
    private IntUnaryOperator work = calls -> 0;
    private int calls;
    private volatile boolean isClosed;
    private volatile int sink;

    Pair() {
        second.setDaemon(true);
        second.start();
    }

    /** Runs a burst of the caller alone, while the second thread sleeps; returns nanoseconds a call. */
    double alone(IntUnaryOperator own, int burst) {
        long start = System.nanoTime();
        sink = own.applyAsInt(burst);
        return (System.nanoTime() - start) / (double) burst;
    }

    /** Runs a burst of both threads. */
    void together(IntUnaryOperator own, IntUnaryOperator other, int burst) {
        work = other;
        calls = burst;
        state.set(FIRST_HERE);
        wanted.release();
        spinUntil(BOTH_HERE); // the second thread was running a moment ago, and reads that the caller is here
        firstNanos = alone(own, burst);
        spinUntil(DONE);
    }

    /** The last sum of results; it is written so that the compiler keeps the work. */
    int sink() {
        return sink;
    }

    private void serve() {
        for (;;) {
            wanted.acquireUninterruptibly();
            if (isClosed) {
                return;
            }
            state.set(BOTH_HERE);
            secondNanos = alone(work, calls);
            state.set(DONE);
        }
    }

    private void spinUntil(int value) {
        while (state.get() < value) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        isClosed = true;
        wanted.release();
    }
}

package io.pinfold.hwmodel.dma;

import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.IdleStrategy;

/**
 * Runs one engine on a thread of its own, parked while the doorbell is quiet. Agrona's AgentRunner would end it by an
 * interrupt, which closes the {@link java.nio.channels.FileChannel} that the transfer uses; this thread is never
 * interrupted.
 */
public final class EngineThread implements AutoCloseable {

    private final DmaEngine engine;
    private final ErrorHandler errors;
    private final DoorbellIdle idle;
    private final Thread thread;

    private EngineThread(DmaEngine engine, ErrorHandler errors) {
        this.engine = engine;
        this.errors = errors;
        thread = new Thread(this::run, engine.roleName());
        idle = new DoorbellIdle(engine, thread);
    }

    /**
     * Starts the engine.
     *
     * @param engine an engine that no other thread runs; closed together with the thread
     * @param errors gets anything that the engine throws: a bug of the interrupt handler or of the engine, because a
     *               failing device ends descriptors, not engines. If the handler throws, the engine closes
     * @throws IllegalStateException when the engine has a thread already
     */
    public static EngineThread start(DmaEngine engine, ErrorHandler errors) {
        Objects.requireNonNull(engine, "engine");
        EngineThread running = new EngineThread(engine, Objects.requireNonNull(errors, "errors"));
        engine.runOn(running.idle);
        boolean isStarted = false;
        try {
            running.thread.start();
            isStarted = true;
        } finally {
            if (!isStarted) {
                engine.runOnNobody();
            }
        }
        return running;
    }

    private void run() {
        try {
            while (!engine.isClosing()) {
                runOnce();
            }
        } finally {
            engine.onClose();
        }
    }

    private void runOnce() {
        try {
            idle.idle(engine.doWork());
        } catch (Throwable e) { // the next chain may succeed
            errors.onError(e);
        }
    }

    /**
     * Ends the thread after the transfer it is in, completes the chains in the ring as CANCELLED, and releases the
     * memory. It waits for that transfer without limit and without interrupting it. A device that never returns blocks
     * the caller, whose park names the engine and its descriptor ({@link DmaEngine#toString}). An interrupted caller
     * waits as well and stays interrupted. A second call does nothing.
     *
     * @throws IllegalStateException when the device or the interrupt handler calls it
     */
    @Override
    public void close() {
        try {
            engine.close();
        } finally {
            LockSupport.unpark(thread);
        }
        join();
    }

    /** Waits until the thread has ended; it has no work left but to notice the end. */
    private void join() {
        boolean isInterrupted = false;
        while (!thread.equals(Thread.currentThread()) && thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Spins a little, then parks until the doorbell rings. This is a store-buffering shape: the engine sets {@code
     * isParked} and then looks at the doorbell, the ringer raises the doorbell and then looks at {@code isParked}; one
     * of them sees the other. The park is bounded because no thread rings when the engine closes.
     */
    private static final class DoorbellIdle implements IdleStrategy, Runnable {

        private static final int SPINS = 200;
        private static final long PARK_NANOS = 2_000_000;

        private final DmaEngine engine;
        private final Thread thread;
        private volatile boolean isParked;
        private int spins;

        DoorbellIdle(DmaEngine engine, Thread thread) {
            this.engine = engine;
            this.thread = thread;
        }

        @Override
        public void run() {
            if (isParked) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void idle(int workCount) {
            if (workCount > 0) {
                reset();
            } else {
                idle();
            }
        }

        @Override
        public void idle() {
            if (spins++ < SPINS) {
                Thread.onSpinWait();
                return;
            }
            Thread.interrupted(); // left by a device: with it the park would not wait
            isParked = true;
            if (engine.hasWork()) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(this, PARK_NANOS);
            }
            isParked = false;
        }

        @Override
        public void reset() {
            spins = 0;
        }

        @Override
        public String toString() {
            return "the doorbell of " + engine;
        }
    }
}

package io.pinfold.hwmodel.dma;

import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.IdleStrategy;

/**
 * Runs one engine on a thread of its own, parked while the doorbell is quiet. Agrona's AgentRunner would end it by an
 * interrupt, which closes the {@link java.nio.channels.FileChannel} that the transfer uses; this thread is never interrupted.
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
     * @param engine not run by anybody else; closed together with the thread
     * @param errors told of anything the engine throws: a bug of the interrupt handler or of the engine, as a failing device
     *               ends descriptors, not engines. If it throws itself, the engine closes
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
        } catch (Throwable e) { // the next chain may fare better
            errors.onError(e);
        }
    }

    /**
     * Ends the thread after the transfer it is in, gives back what the ring holds as CANCELLED, lets go of the memory. Waits
     * for that transfer however long it takes, and without interrupting it: a device that never returns keeps the caller,
     * whose park names the engine, and the engine its descriptor ({@link DmaEngine#toString}). An interrupted caller waits
     * as well and stays interrupted. Twice is once.
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

    /** It has nothing to do any more but to notice it. */
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
     * Spins a little, then parks until the doorbell rings. Store buffering: the engine sets {@code isParked} and then looks
     * at the doorbell, the ringer raises the doorbell and then looks at {@code isParked}; one of them sees the other. The
     * park is bounded because nobody rings when the engine closes.
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
            Thread.interrupted(); // left by a device: the park would not wait
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

package io.pinfold.hwmodel.dma;

import java.util.concurrent.locks.LockSupport;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;

/** Runs one engine on a thread of its own, parked while the doorbell is quiet. */
public final class EngineThread implements AutoCloseable {

    private final DmaEngine engine;
    private final AgentRunner runner;

    private EngineThread(DmaEngine engine, AgentRunner runner) {
        this.engine = engine;
        this.runner = runner;
    }

    /**
     * Starts the engine.
     *
     * @param engine not run by anybody else; closed together with the thread
     * @param errors told of anything the engine throws, which would be a bug: failing devices end descriptors, not engines
     */
    public static EngineThread start(DmaEngine engine, ErrorHandler errors) {
        DoorbellIdle idle = new DoorbellIdle(engine);
        engine.onDoorbell(idle);
        AgentRunner runner = new AgentRunner(idle, errors, null, engine);
        AgentRunner.startOnThread(runner);
        return new EngineThread(engine, runner);
    }

    /** Ends the thread after the transfer it is in, gives back what the ring holds as CANCELLED, lets go of the memory. */
    @Override
    public void close() {
        runner.close();
        engine.close();
    }

    /**
     * Spins a little, then parks until the doorbell rings. Store buffering: the engine sets {@code parked} and then looks
     * at the doorbell, the ringer raises the doorbell and then looks at {@code parked}; one of them sees the other. The
     * park is bounded because nobody rings when the runner closes.
     */
    private static final class DoorbellIdle implements IdleStrategy, Runnable {

        private static final int SPINS = 200;
        private static final long PARK_NANOS = 2_000_000;

        private final DmaEngine engine;
        private volatile boolean parked;
        private volatile Thread thread = Thread.currentThread();
        private int spins;

        DoorbellIdle(DmaEngine engine) {
            this.engine = engine;
        }

        @Override
        public void run() {
            if (parked) {
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
            thread = Thread.currentThread();
            parked = true;
            if (engine.hasWork()) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(this, PARK_NANOS);
            }
            parked = false;
        }

        @Override
        public void reset() {
            spins = 0;
        }
    }
}

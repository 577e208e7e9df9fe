package io.pinfold.hwmodel.dma;

import io.pinfold.core.memory.MemoryLease;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pagemap.CallbackFailure;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.Agent;
import org.jctools.queues.varhandle.MpmcVarHandleArrayQueue;
import org.jctools.queues.varhandle.MpscVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * A DMA engine: descriptor ring, doorbell, completion queue. It is an {@link Agent}: an {@link
 * org.agrona.concurrent.AgentInvoker} steps it, or {@link EngineThread} runs it.
 *
 * <h2>Protocol: the ring, and its close</h2>
 *
 * <pre>
 * Submitter                                         Engine
 * SUBMIT1 reserve a place in flight, or be refused  SERVE1 read the doorbell
 * SUBMIT2 count the chain as submitted, RMW         SERVE2 take chains until as many were taken
 * SUBMIT3 put it into the ring                      SERVE3 run them
 * SUBMIT4 read isClosed                             SERVE4 complete: completion queue, interrupt
 * SUBMIT5 ring the doorbell: raise it to the count
 *
 * Reaper                                            Closer
 * REAP1 take from the completion queue              STOP1 set isClosed
 * REAP2 give the place in flight back               STOP2 read the count, drain the ring up to it, as CANCELLED
 * </pre>
 *
 * <p>SERVE2 retries for a chain that is counted and not yet in the ring. The ring and the completion queue have a place
 * for every chain in flight, so neither can overflow and nothing is lost: only SUBMIT1 exerts back-pressure.
 *
 * <p>Close is a store-buffering shape: SUBMIT2, SUBMIT4, STOP1 and STOP2 are volatile. A submitter that reads "open" at
 * SUBMIT4 was counted before STOP1, so STOP2 waits for its chain. One that reads "closed" may have been missed; it
 * waits for the end of STOP2 and drains the rest itself. Either way the chain comes back through the completion queue,
 * once.
 *
 * <p>One thread at a time runs the engine or closes it: the word {@code atWork} names it. A closer requests the end,
 * then waits for that word, however long the transfer under way takes and whether or not the closer is interrupted. It
 * never interrupts a transfer, because that would close the caller's {@link java.nio.channels.FileChannel}. The blocker
 * of its park is this engine, whose {@link #toString} names the descriptor. A device that never returns blocks the
 * closer, and keeps the memory open, for ever.
 *
 * <p>The engine keeps the memory open: {@link PhysicalMemory#close()} refuses, naming it, until the engine is closed.
 */
public final class DmaEngine implements Agent, AutoCloseable {

    private static final int BURST = 16;

    private final PhysicalMemory memory;
    private final String name;
    private final MemoryLease use;
    private final int capacity;
    private final MpscVarHandleArrayQueue<DmaDescriptor> ring;
    private final MpmcVarHandleArrayQueue<DmaDescriptor> completions;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicLong submitted = new AtomicLong();
    private final AtomicLong doorbell = new AtomicLong();
    private final Transfer transfer = new Transfer();
    private final EngineCounters counters = new EngineCounters();
    private final AtomicReference<@Nullable Thread> atWork = new AtomicReference<>();
    private final Queue<Thread> closers = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean hasThread = new AtomicBoolean();
    private volatile Runnable interrupt = DmaEngine::nobodyListens;
    private volatile Runnable doorbellWire = DmaEngine::nobodyListens;
    private volatile @Nullable DmaDescriptor current;
    private volatile boolean isClosing;
    private volatile boolean isClosed;
    private volatile boolean isDrained;
    private long taken;

    private DmaEngine(PhysicalMemory memory, String name, int capacity) {
        this.memory = memory;
        this.name = name;
        this.capacity = capacity;
        ring = new MpscVarHandleArrayQueue<>(Math.max(2, capacity));
        completions = new MpmcVarHandleArrayQueue<>(Math.max(2, capacity));
        use = memory.use("DMA engine " + name);
    }

    /**
     * Attaches an engine to a memory, without running it.
     *
     * @param memory   memory whose frames the engine can reach
     * @param name     for messages and the thread
     * @param capacity chains in flight, 1 to 65536
     * @throws IllegalStateException when the memory is closed
     */
    public static DmaEngine open(PhysicalMemory memory, String name, int capacity) {
        if (capacity < 1 || capacity > 65_536) {
            throw new IllegalArgumentException("a ring of " + capacity + " chains; 1 to 65536 are possible");
        }
        return new DmaEngine(Objects.requireNonNull(memory, "memory"), Objects.requireNonNull(name, "name"), capacity);
    }

    private static void nobodyListens() {
        // an interrupt line without a receiver
    }

    /**
     * Sets the interrupt line, which runs after each completed chain on the engine's thread. It must be short; its
     * purpose is to wake the reaper. What it throws reaches the caller that runs or closes the engine, after the chain
     * came back.
     */
    public void onInterrupt(Runnable handler) {
        interrupt = Objects.requireNonNull(handler, "handler");
    }

    /** Assigns the engine to a thread of its own, once. */
    void runOn(Runnable wire) {
        if (!hasThread.compareAndSet(false, true)) {
            throw new IllegalStateException(this + " has a thread already");
        }
        doorbellWire = wire;
    }

    /** Takes the assignment back: the thread could not be started. */
    void runOnNobody() {
        doorbellWire = DmaEngine::nobodyListens;
        hasThread.set(false);
    }

    /**
     * Puts a chain into the ring; the engine does not look at it before {@link #ring()}. Any thread.
     *
     * @param chain an idle descriptor and the idle descriptors linked behind it
     * @return false when as many chains as the ring has places are in flight: nothing was done, reap and try again
     * @throws IllegalStateException    when the engine is closed or a descriptor is not idle, or was never prepared
     * @throws IllegalArgumentException when a list names frames of another memory, or fewer than the transfer needs by
     *         now
     */
    public boolean submit(DmaDescriptor chain) {
        checkMemory(Objects.requireNonNull(chain, "chain"));
        if (isClosing) {
            throw new IllegalStateException("DMA engine " + name + " is closed");
        }
        if (!reserve()) { // SUBMIT1
            counters.refusedSubmits.incrementAndGet();
            return false;
        }
        enqueue(chain);
        submitted.incrementAndGet(); // SUBMIT2 -> STOP1 (SB)
        ring.offer(chain); // SUBMIT3: cannot fail, SUBMIT1 keeps a place
        if (isClosed) { // SUBMIT4 -> STOP1
            while (!isDrained) {
                Thread.onSpinWait();
            }
            drain();
        }
        return true;
    }

    private boolean reserve() {
        for (int now = inFlight.get(); now < capacity; now = inFlight.get()) {
            if (inFlight.compareAndSet(now, now + 1)) {
                return true;
            }
        }
        return false;
    }

    private void checkMemory(DmaDescriptor chain) {
        for (DmaDescriptor d = chain; d != null; d = d.next()) {
            ScatterList target = d.target();
            if (d.list().memory() != memory || (target != null && target.memory() != memory)) {
                throw new IllegalArgumentException(
                        "descriptor " + d.id() + " names frames of another memory than the one"
                                + " DMA engine " + name + " is attached to: " + memory.options());
            }
            d.checkFits();
        }
    }

    /** Queues all of the chain or none: if a descriptor is not idle, those before it are made idle again. */
    private void enqueue(DmaDescriptor chain) {
        int count = 0;
        DmaDescriptor previous = null;
        for (DmaDescriptor d = chain; d != null; d = d.next()) {
            if (!d.queue(previous)) {
                for (DmaDescriptor back = chain; back != null && back != d; back = back.next()) {
                    back.move(DmaDescriptor.QUEUED, DmaDescriptor.IDLE);
                }
                inFlight.decrementAndGet();
                throw new IllegalStateException("descriptor " + d.id() + " is " + d.stateName()
                        + " and cannot be submitted");
            }
            previous = d;
            count++;
        }
        counters.submitted.addAndGet(count);
    }

    /** Rings the doorbell: the engine may take everything submitted so far. Any thread. */
    public void ring() {
        long upTo = submitted.get();
        doorbell.accumulateAndGet(upTo, Math::max); // SUBMIT5 -> SERVE1
        doorbellWire.run();
    }

    /** Whether the doorbell allows more chains than were taken. Engine thread. */
    boolean hasWork() {
        return taken < doorbell.get();
    }

    /** Whether the engine is closed or being closed. */
    boolean isClosing() {
        return isClosing;
    }

    /**
     * Takes and runs up to {@value #BURST} chains. Engine thread.
     *
     * @return chains that were run; 0 when there is nothing to do, or the engine is being closed
     * @throws IllegalStateException when another thread runs the engine now, or this one does already
     */
    @Override
    public int doWork() {
        if (isClosing) {
            return 0;
        }
        Thread other = atWork.compareAndExchange(null, Thread.currentThread());
        if (other != null) {
            if (isClosing) {
                return 0; // that thread is the closer
            }
            throw new IllegalStateException(this + " is run by " + other.getName() + " already");
        }
        try {
            return runSome();
        } finally {
            leave();
        }
    }

    private int runSome() {
        long upTo = doorbell.get(); // SERVE1
        int work = 0;
        while (work < BURST && taken < upTo && !isClosing) {
            DmaDescriptor chain = ring.poll(); // SERVE2
            if (chain == null) {
                break; // counted, but its submitter has not done SUBMIT3 yet; hasWork() stays true
            }
            taken++;
            run(chain); // SERVE3
            deliver(chain); // SERVE4
            work++;
        }
        return work;
    }

    private void run(DmaDescriptor chain) {
        for (DmaDescriptor d = chain; d != null; d = d.next()) {
            d.move(DmaDescriptor.QUEUED, DmaDescriptor.RUNNING);
            DmaStatus status = transfer(d);
            boolean isLast = !status.moved() || isClosing;
            if (isLast) {
                cancelBehind(d);
            }
            complete(d, status);
            if (isLast) {
                return;
            }
        }
    }

    private DmaStatus transfer(DmaDescriptor d) {
        DmaStatus status;
        Throwable problem = null;
        current = d;
        if (hasThread.get()) {
            Thread.interrupted(); // left by a device before: it would close the channel of this transfer
        }
        try {
            status = transfer.run(memory, d);
        } catch (Throwable e) { // whatever was thrown, the chain must come back: nothing may stay in flight for ever
            status = DmaStatus.IO_ERROR;
            problem = e;
        }
        current = null;
        int stale = Transfer.stale(d.list(), d.target());
        counters.transferred(transfer.moved(), stale, transfer.staleAtStart(), status);
        d.progress(transfer.moved(), stale, problem);
        return status;
    }

    /**
     * Unwinds a failed chain: descriptors that never started are given back last first. A chain may be of any length.
     */
    private void cancelBehind(DmaDescriptor failed) {
        DmaDescriptor last = failed;
        for (DmaDescriptor d = failed.next(); d != null; d = d.next()) {
            last = d;
        }
        for (DmaDescriptor d = last; d != null && d != failed; d = d.previous()) {
            d.move(DmaDescriptor.QUEUED, DmaDescriptor.RUNNING);
            complete(d, DmaStatus.CANCELLED);
        }
    }

    /**
     * Completes a running descriptor. A second completion, or one of a descriptor that never ran, is refused and
     * counted: its frames may have a new owner by now.
     */
    boolean complete(DmaDescriptor d, DmaStatus status) {
        if (!d.move(DmaDescriptor.RUNNING, DmaDescriptor.COMPLETED)) {
            counters.completedTwice.incrementAndGet();
            return false;
        }
        // The state word moved first, so that of two completions only one gets here; the submitter sees these fields
        // through the completion queue.
        d.finished(status, counters.completed.incrementAndGet());
        if (status == DmaStatus.CANCELLED) {
            counters.cancelled.incrementAndGet();
        }
        return true;
    }

    private void deliver(DmaDescriptor chain) {
        completions.offer(chain); // cannot fail: a place for every chain in flight
        interrupt.run();
    }

    /**
     * Takes one finished chain from the completion queue and makes its descriptors idle again. Any thread.
     *
     * @return the first descriptor of the chain, or null when nothing has finished
     */
    public @Nullable DmaDescriptor poll() {
        DmaDescriptor chain = completions.poll(); // REAP1
        if (chain == null) {
            return null;
        }
        for (DmaDescriptor d = chain; d != null; d = d.next()) {
            d.move(DmaDescriptor.COMPLETED, DmaDescriptor.IDLE);
        }
        inFlight.decrementAndGet(); // REAP2
        return chain;
    }

    /** Chains submitted and not reaped. */
    public int inFlight() {
        return inFlight.get();
    }

    /** The counters so far; they are of different moments while the engine runs. */
    public DmaStats stats() {
        return counters.snapshot();
    }

    /** The memory whose frames the engine reaches. */
    public PhysicalMemory memory() {
        return memory;
    }

    @Override
    public String roleName() {
        return "dma-" + name;
    }

    /**
     * Waits for the end of the transfer under way, then completes the rest of its chain and of the ring as CANCELLED.
     * Any thread but the one that is in a transfer; a second call does nothing.
     *
     * @throws IllegalStateException when the device or the interrupt handler calls it, which would wait for itself
     */
    @Override
    public void onClose() {
        if (Thread.currentThread().equals(atWork.get())) {
            throw new IllegalStateException(this + " cannot be closed by the transfer it is in");
        }
        isClosing = true;
        enter();
        try {
            if (!isDrained) {
                isClosed = true; // STOP1 -> SUBMIT4 (SB)
                drain(); // STOP2
            }
        } finally {
            isDrained = isClosed;
            leave();
        }
    }

    /** Takes the place of the thread at work after it has left. */
    private void enter() {
        Thread self = Thread.currentThread();
        boolean isInterrupted = false;
        try {
            while (!atWork.compareAndSet(null, self)) {
                closers.add(self);
                if (atWork.get() != null) { // store buffering: leave() empties the word, then looks at the queue
                    LockSupport.park(this);
                }
                closers.remove(self);
                isInterrupted |= Thread.interrupted(); // otherwise the park would not wait
            }
        } finally {
            if (isInterrupted) {
                self.interrupt();
            }
        }
    }

    private void leave() {
        atWork.set(null);
        for (Thread closer = closers.poll(); closer != null; closer = closers.poll()) {
            LockSupport.unpark(closer);
        }
    }

    /**
     * Drains the ring. One thread at a time: the ring has a single consumer, and the engine's thread takes nothing any
     * more.
     */
    private synchronized void drain() {
        CallbackFailure failure = new CallbackFailure();
        while (taken < submitted.get()) {
            DmaDescriptor chain = ring.poll();
            if (chain == null) {
                Thread.onSpinWait();
                continue;
            }
            taken++;
            chain.move(DmaDescriptor.QUEUED, DmaDescriptor.RUNNING);
            cancelBehind(chain);
            complete(chain, DmaStatus.CANCELLED);
            failure.run(() -> deliver(chain)); // the interrupt handler may throw; the others must come back
        }
        failure.rethrow();
    }

    /**
     * Closes the engine and releases the memory, after the transfer under way has ended. Chains in the ring come back
     * CANCELLED through {@link #poll}, which stays usable. An {@link EngineThread} of the engine ends. A second call
     * does nothing.
     *
     * @throws IllegalStateException when the device or the interrupt handler calls it
     */
    @Override
    public void close() {
        try {
            onClose();
        } finally {
            if (isDrained) {
                use.close();
            }
        }
    }

    /** Returns its name, the work it has, and the transfer under way. */
    @Override
    public String toString() {
        DmaDescriptor d = current;
        return "DMA engine " + name + " (" + inFlight.get() + " of " + capacity + " chains in flight"
                + (d == null ? "" : ", at work on " + d) + ")";
    }
}

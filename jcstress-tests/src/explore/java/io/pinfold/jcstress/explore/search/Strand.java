package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.memory.Op.Kind;
import io.pinfold.jcstress.explore.memory.Op.Mode;
import io.pinfold.jcstress.explore.memory.StateKey;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One of the threads under the scheduler: a virtual thread whose executor is the search, so that it runs on the
 * searching thread, from one access to the next, whenever it is {@link #resume}d. It has a thread identity of its own,
 * which product code may use. An abandoned run drops its strands.
 *
 * <p>The builder of virtual threads with an executor is not public; only this class uses it.
 */
final class Strand implements Executor {
    private static final MethodHandle NEW_VIRTUAL_THREAD = builder();

    final int index;
    private final SchedulingPoints points;
    /** The access whose performance it waits for; belongs to the search while {@link #posted}. */
    final Op op = new Op();
    /** Bits that must be clear in the word before {@link #op} can take its lock; 0 if it takes none. */
    long lockMask;
    boolean posted;
    boolean done;
    @Nullable
    Throwable failure;
    /** Hash of its results so far, which determine the state of the strand. */
    long high;
    long low;
    /** Accesses of this run, including those without a scheduling point. */
    int accesses;
    /** Accesses without a scheduling point after the last access that had one. */
    int quietInARow;

    /** The site of the access, if the search is tracing. */
    List<Site> sites = List.of();

    private @Nullable Runnable task;
    private @Nullable Thread thread;
    private long result;
    private boolean probing;

    Strand(int index, SchedulingPoints points) {
        this.index = index;
        this.points = points;
    }

    private static MethodHandle builder() {
        try {
            Class<?> builders = Class.forName("java.lang.ThreadBuilders");
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(builders, MethodHandles.lookup());
            return lookup.findStatic(builders, "newVirtualThread",
                    MethodType.methodType(Thread.class, Executor.class, String.class, int.class, Runnable.class));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the explorer needs --add-opens java.base/java.lang=ALL-UNNAMED and a JDK like 25",
                    e);
        }
    }

    /** Begins a run, up to the first access with a scheduling point. */
    void start(Runnable body) {
        posted = false;
        done = false;
        failure = null;
        high = index;
        low = ~index;
        accesses = 0;
        quietInARow = 0;
        task = null;
        try {
            thread = (Thread) NEW_VIRTUAL_THREAD.invokeExact((Executor) this, points.strandName(index), 0,
                    (Runnable) () -> {
                        try {
                            body.run();
                        } catch (Throwable t) {
                            failure = t;
                        }
                        done = true;
                    });
        } catch (Throwable t) {
            throw new LinkageError("newVirtualThread", t);
        }
        thread.start();
        go();
    }

    /** Passes it the result of its access and runs it to the next one with a scheduling point, or to its end. */
    void resume(long value) {
        result = value;
        learn(value);
        posted = false;
        go();
    }

    private void go() {
        Runnable next = task;
        if (next == null) {
            throw new IllegalStateException(points.strandName(index) + " cannot be resumed");
        }
        AccessGate.current = this;
        try {
            do {
                task = null;
                probing = false;
                next.run();
                next = task;
            } while (probing && next != null);
        } finally {
            AccessGate.current = null;
        }
        if (!posted && !done) {
            failure = new IllegalStateException(points.strandName(index)
                    + " left the processor without an access: a park, sleep, lock or yield that does not go through Waits or Mutex");
            done = true;
        }
    }

    /** Receives the continuation of the virtual thread, which the search runs later. */
    @Override
    public void execute(Runnable continuation) {
        task = continuation;
    }

    /** Whether the calling thread runs this strand. */
    boolean isRunning() {
        return Thread.currentThread() == thread;
    }

    /** Posts an access and returns once it was performed. Called on the strand. */
    long access(Kind kind, Mode mode, int bytes, long address, long a, long b, long mask) {
        accesses++;
        if (points.isFirstRun()) {
            probe();
        }
        op.set(kind, mode, bytes, address, a, b);
        lockMask = mask;
        AccessInterceptor interceptor = points.interceptor();
        boolean intercepted = interceptor != null && interceptor.selects(op) && !LockWords.has(address);
        if (intercepted) {
            sites = points.site(this);
            interceptor.intercept(op, sites);
            if (interceptor.splits()) {
                return split(kind, op.mode, bytes, address, a, b);
            }
        }
        if (kind == Kind.FENCE && op.mode == Mode.PLAIN) {
            return 0;
        }
        if (points.isQuiet(this)) {
            if (!points.drains(this)) {
                return points.performQuietly(op);
            }
            Op own = new Op().copy(op);
            op.set(Kind.FENCE, Mode.VOLATILE, Long.BYTES, 0, 0, 0);
            lockMask = 0;
            leave();
            return points.performQuietly(own);
        }
        if (points.isTracing()) {
            sites = Site.here();
        }
        if (intercepted) {
            interceptor.sharedAccess(op, sites);
        }
        if (points.isAtOnce(this)) {
            long value = points.performAtOnce(this);
            learn(value);
            return value;
        }
        leave();
        return result;
    }

    private long split(Kind kind, Mode storeMode, int bytes, long address, long a, long b) {
        long found = access(Kind.LOAD, Mode.VOLATILE, bytes, address, 0, 0, 0);
        op.set(kind, storeMode, bytes, address, a, b);
        if (kind != Kind.CAS || found == a) {
            access(Kind.STORE, storeMode, bytes, address, op.stored(found), 0, 0);
        }
        return found;
    }

    /** Yields to the search with {@link #op} posted. */
    private void leave() {
        posted = true;
        Thread.yield();
        if (posted) {
            posted = false;
            throw unsuspended();
        }
    }

    /**
     * Yields and continues at once: a class is initialised only once, and possibly before the word is known to be
     * shared.
     */
    private void probe() {
        probing = true;
        Thread.yield();
        if (probing) {
            probing = false;
            throw unsuspended();
        }
    }

    private static IllegalStateException unsuspended() {
        return new IllegalStateException(
                "an access while the strand cannot be suspended: in a static initialiser or an upcall");
    }

    private void learn(long value) {
        high = StateKey.hash(high, value);
        low = StateKey.hash(low ^ high, value);
    }
}

package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.mm.AddressSpace;
import java.nio.channels.FileChannel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** One thread of a round: draws calls, makes them, judges their results, and keeps its own objects. */
final class Actor implements Runnable {
    private static final int NESTED_MAX = 6;

    final World world;
    final RandomGenerator random;
    final Findings findings;
    final Calls calls;
    /** The descriptors and lists that this thread has given to its engines. */
    final Flights dma = new Flights();
    private final Fuzzer fuzzer;
    private final CountDownLatch atEnd;
    private final int number;
    private final Journal journal;
    private final Tally tally;
    private final long budget;
    private final Map<Class<?>, Pool<Object>> own = new ConcurrentHashMap<>();
    private final Map<Call, Integer> succeeded = new HashMap<>();
    private long made;
    private int nested;
    /** The call under way, or null, and its start, for the watchdog. */
    volatile Call current;
    volatile long since = System.nanoTime();
    /** Set when the actor makes no more calls before the round is closed. */
    volatile boolean hasEnded;
    private volatile boolean mustStop;

    Actor(World world, RandomGenerator random, Fuzzer fuzzer, int number, long budget,
            CountDownLatch atEnd) {
        this.atEnd = atEnd;
        this.world = world;
        this.random = random;
        this.findings = fuzzer.findings;
        this.calls = fuzzer.calls;
        this.journal = fuzzer.journal;
        this.tally = fuzzer.tally;
        this.number = number;
        this.fuzzer = fuzzer;
        this.budget = budget;
        this.made = fuzzer.numbers[number]; // continues over the rounds
    }

    Pool<Object> own(Class<?> type) {
        return own.computeIfAbsent(type, _ -> new Pool<>());
    }

    /** A file; an interrupt closes it, and the next use opens another. */
    FileChannel channel() {
        return fuzzer.channel();
    }

    void stop() {
        mustStop = true;
    }

    long made() {
        return made;
    }

    @Override
    public void run() {
        long end = made + budget;
        try {
            while (made < end && !mustStop) {
                once();
            }
        } catch (Throwable e) {
            findings.add("the fuzzer itself: " + e, "thread " + number, e);
        }
        try {
            hasEnded = true;
            atEnd.await();
            Closing.ownThings(this);
        } catch (Throwable e) {
            findings.add("the fuzzer itself, closing: " + e, "thread " + number, e);
        }
    }

    /** Makes one call: of two drawn calls the one that has succeeded less often so far. */
    private void once() {
        Duel duel = world.duel.getAndSet(null);
        if (duel != null) {
            Draw draw = new Draw(this,
                    random.nextInt(3) > 0 ? duel.call : calls.of(HandleCalls.another(duel.call, random)));
            draw.duel = duel;
            Object _ = make(draw, duel.target, new Object[]{duel.handle});
        }
        Call one = calls.draw(random);
        Call two = calls.draw(random);
        run(rank(one) <= rank(two) ? one : two);
    }

    private int rank(Call call) {
        return succeeded.getOrDefault(call, 0) / call.weight;
    }

    /**
     * Draws arguments for the call and makes it; its result, or null if it could not be made or ended with an
     * exception.
     */
    Object run(Call call) {
        if (nested >= NESTED_MAX || call.mayWait && !world.waiters.tryAcquire()) {
            return null;
        }
        nested++;
        Draw draw = new Draw(this, call);
        draw.isDrawn = true;
        try {
            Object target = call.receiver == null ? null : call.receiver.draw(draw);
            boolean isComplete = call.receiver == null || target != null;
            Object[] arguments = new Object[call.arguments.length];
            for (int i = 0; i < arguments.length && isComplete; i++) {
                arguments[i] = call.arguments[i].draw(draw);
                isComplete = arguments[i] != null;
            }
            if (!isComplete) {
                draw.undoClaims();
                return null;
            }
            Object struck = Wild.strike(draw, target, arguments);
            draw.undoClaimsBut(struck, arguments);
            return make(draw, struck, arguments);
        } catch (RuntimeException e) {
            draw.undoClaims();
            if (!isOfOthers(e)) {
                findings.add("drawing for " + call.key + ": " + e.getClass().getSimpleName(),
                        String.valueOf(e.getMessage()), e);
            }
            return null;
        } finally {
            draw.end();
            nested--;
            if (call.mayWait) {
                world.waiters.release();
            }
        }
    }

    /**
     * Makes the call with null in one place and good arguments elsewhere; returns what is wrong with its end, or null.
     */
    String withNull(Call call, int place) {
        Draw draw = new Draw(this, call);
        try {
            Object target = call.receiver == null ? null : call.receiver.draw(draw);
            Object[] arguments = new Object[call.arguments.length];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = call.arguments[i].draw(draw);
            }
            if (call.receiver != null && target == null) {
                return null; // no receiver for the call
            }
            arguments[place] = null;
            Object result = call.invoke(target, arguments);
            Adoption.adopt(draw, target, result);
            return null;
        } catch (Throwable e) {
            return Verdict.objection(call, call.arguments, e, false) == null ? null : e.toString();
        } finally {
            draw.undoClaims();
            draw.end();
        }
    }

    /** Makes the call with exactly these arguments. */
    Object make(Call call, Object target, Object... arguments) {
        return make(new Draw(this, call), target, arguments);
    }

    private Object make(Draw draw, Object target, Object[] arguments) {
        Call call = draw.call;
        long mine = ++made;
        String line = call.key + " " + Labels.of(target) + Labels.of(arguments);
        journal.write(number, mine, line);
        tally.made(call);
        boolean isDeep = world.isDeepRound && call.isDeep && !Thread.currentThread().isVirtual()
                && Hostility.DEEP.strikes(random);
        boolean isInterrupted = Hostility.INTERRUPT.strikes(random) && !world.isHonest;
        boolean isOver = false;
        Call outer = current;
        since = System.nanoTime();
        current = call;
        try {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
            if (draw.duel != null) {
                draw.duel.await();
            }
            Object result = isDeep ? StackEnd.invoke(call, target, arguments, 4 + random.nextInt(300))
                    : call.invoke(target, arguments);
            current = null;
            journal.write(number, mine, line + " = " + Labels.of(result));
            if (call.isRaw(result)) {
                draw.finding("no errno of this call", line + " = " + result);
            }
            if (call.success.test(result)) {
                tally.succeeded(call);
                succeeded.merge(call, 1, Integer::sum);
                isOver = true;
                call.after.returned(draw, target, arguments, result);
                Adoption.adopt(draw, target, result);
            } else {
                draw.undoClaims();
            }
            return result;
        } catch (Throwable e) {
            current = null;
            if (!isOver) {
                journal.write(number, mine, line + " ! " + e);
                ended(draw, line, arguments, e, isDeep);
            } else if (!isOfOthers(e)) {
                findings.add("after " + call.key + ": " + e.getClass().getSimpleName(), line, e);
            }
            return null;
        } finally {
            current = outer;
            since = System.nanoTime();
            if (isInterrupted) {
                boolean _ = Thread.interrupted();
            }
        }
    }

    /** Whether another thread, or a callback, may have caused the exception of a check before or after a call. */
    private static boolean isOfOthers(Throwable e) {
        return Planned.isIt(e) || e instanceof IllegalStateException
                || e instanceof IndexOutOfBoundsException && !(e instanceof ArrayIndexOutOfBoundsException);
    }

    private void ended(Draw draw, String line, Object[] arguments, Throwable e, boolean isDeep) {
        if (isDeep && e instanceof StackOverflowError) {
            return;
        }
        String objection = Verdict.objection(draw.call, arguments, e, world.isDeepRound);
        if (objection != null) {
            findings.add(draw.call.key + ": " + e.getClass().getSimpleName() + ", " + objection,
                    "thread " + number + ": " + line + " ! " + e, e);
        }
        if (!Planned.isIt(e) && !(e instanceof Error)) {
            draw.undoClaims(); // refused: nothing has changed
        }
    }

    // ---- arguments of calls ----------------------------------------------------------------------------------------

    Object pickOrMake(Pool<Object> pool, Class<?> type) {
        Object found = pool.pick(random);
        if (found == null) {
            Call maker = calls.maker(type);
            if (maker != null && !world.isHonest) {
                Object _ = run(maker);
                found = pool.pick(random);
            }
        }
        return found;
    }

    /** Makes a mapping of this kind; null if that did not work. */
    Range map(AddressSpace space, Predicate<Range> what) {
        for (int i = 0; i < 4 && space != null; i++) {
            int before = world.ranges.size();
            Object _ = run(calls.of(i % 2 == 0 ? "AddressSpace.mmap(long,long,int,int)"
                    : "AddressSpace.mmap(long,long,int,int,MappedObject,long)"));
            List<Range> now = world.ranges.all();
            for (int at = Math.max(0, before - 1); at < now.size(); at++) {
                if (now.get(at).space() == space && what.test(now.get(at))) {
                    return now.get(at);
                }
            }
        }
        return null;
    }
}

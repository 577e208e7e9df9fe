package io.pinfold.hwmodel.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Some thousand calls on a fresh memory, by several threads; then everything is given back and closed, and audited. A
 * round follows from the seed and its number alone, as far as the order of threads permits.
 */
final class Round {
    private final Fuzzer fuzzer;
    private final long seed;
    private final World world;
    private final CountDownLatch atEnd = new CountDownLatch(1);
    private final List<Actor> actors = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    Round(Fuzzer fuzzer, long seed, int number, int threads, long calls) {
        this.fuzzer = fuzzer;
        this.seed = seed * 0x9E37_79B9_7F4A_7C15L + number;
        boolean isDeep = number % 16 == 15 && Hostility.DEEP.isOn();
        this.world = new World(random(-1), isDeep);
        for (int i = 0; i <= threads; i++) { // the last one prepares and cleans up
            Actor actor = new Actor(world, random(i), fuzzer, i, calls / Math.max(1, threads), atEnd);
            actors.add(actor);
            world.actors.add(actor);
        }
        for (int i = 0; i < threads; i++) {
            boolean isVirtual = i % 2 == 1 && !isDeep;
            Thread.Builder builder = isVirtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
            this.threads.add(builder.name("fuzz-" + i).unstarted(actors.get(i)));
        }
    }

    private RandomGenerator random(int actor) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 31 + actor);
    }

    /** Runs the round, and adds what it found to the findings. */
    void run() throws InterruptedException {
        Actor _ = prepare();
        fuzzer.watchdog.watch(actors);
        threads.forEach(Thread::start);
        for (boolean isRunning = true; isRunning;) {
            Thread.sleep(1);
            isRunning = actors.stream().anyMatch(actor -> !actor.hasEnded && !isWaiting(actor));
        }
        finish();
    }

    /** Prepares the objects that the round begins with; returns the actor that prepares and cleans up. */
    Actor prepare() {
        Actor caretaker = actors.getLast();
        caretaker.hasEnded = true;
        Scene.set(caretaker);
        return caretaker;
    }

    void finish() throws InterruptedException {
        actors.forEach(Actor::stop);
        world.isHonest = true;
        Teardown teardown = new Teardown(actors.getLast());
        teardown.releaseHolds(); // threads that wait for these pages continue
        atEnd.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        Closing.ownThings(actors.getLast());
        teardown.closeAll();
        fuzzer.watchdog.watch(List.of());
        for (int i = 0; i < actors.size(); i++) {
            fuzzer.numbers[i] = actors.get(i).made();
        }
    }

    /** Whether the actor only waits for pages of others, while all others have ended. */
    private boolean isWaiting(Actor actor) {
        Call call = actor.current;
        boolean othersEnded = actors.stream().allMatch(other -> other == actor || other.hasEnded);
        return call != null && call.mayWait && othersEnded;
    }
}

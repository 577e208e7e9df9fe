package io.pinfold.hwmodel.guptest;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** The threads of the callers. A phase starts on all of them at once and ends with the last one. */
final class Crew implements AutoCloseable {

    private final List<Caller> callers;
    private final ExecutorService threads;

    Crew(List<Caller> callers) {
        this.callers = List.copyOf(callers);
        this.threads = Executors.newFixedThreadPool(callers.size(), Thread.ofPlatform().name("gup-test-", 0).factory());
    }

    /**
     * Runs a phase on every caller.
     *
     * @throws IllegalStateException with the exception of a caller as its cause, after all have ended
     */
    void all(Consumer<Caller> phase) {
        CountDownLatch ready = new CountDownLatch(callers.size());
        List<Callable<Boolean>> phases = callers.stream().<Callable<Boolean>>map(caller -> () -> {
            ready.countDown();
            ready.await();
            phase.accept(caller);
            return true;
        }).toList();
        try {
            for (Future<Boolean> done : threads.invokeAll(phases)) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(String.valueOf(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while callers were at work", e);
        }
    }

    @Override
    public void close() {
        threads.close();
    }
}

package io.pinfold.fastpath;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Makes each call of {@link StackEndCall} at the depths of the stack where it overflows, in steps of a third of a
 * frame: first where nothing of it runs, last where all of it does. After each call everything is given back on an
 * ordinary stack; after all of them another thread uses the memory, and everything is closed. Prints a line for each
 * kind of call; exits with 0 if all is well.
 */
final class StackEnd {
    private static final long STACK_BYTES = 200 << 10;
    private static final int SHIMS = 3;
    private static final int COARSE_STEP = 16;
    /** Frames above the first depth where the call was done: more than any call needs for itself. */
    private static final int FINE_FRAMES = 100;
    /** So many calls in a row that were done: from here on all are. */
    private static final int DONE_IN_A_ROW = 30;
    private static final long LIMIT_SECONDS = 60;

    private static int overflows;
    private static int done;

    private StackEnd() {
    }

    public static void main(String[] args) throws Exception {
        List<String> names = List.of(args);
        int failed = 0;
        for (StackEndCall call : StackEndCall.values()) {
            if (names.isEmpty() || names.contains(call.name())) {
                String wrong = run(call);
                System.out.println(call + ": " + overflows + " overflows, then done " + done + " times" + wrong);
                failed += wrong.isEmpty() ? 0 : 1;
            }
        }
        System.exit(failed);
    }

    /** What is wrong afterwards; empty if nothing. */
    private static String run(StackEndCall call) throws InterruptedException {
        StackEndWorld world = new StackEndWorld();
        overflows = 0;
        done = 0;
        String wrong = step("calls", () -> world.runAttached(() -> sweep(call, world)), STACK_BYTES);
        wrong += wrong.isEmpty() ? step("another thread", () -> world.runAttached(world::useAll), 0) : "";
        wrong += wrong.isEmpty() ? step("close", world::close, 0) : "";
        return wrong;
    }

    /** Runs a step on a thread of its own, which is left behind if it hangs. */
    private static String step(String name, Step step, long stackBytes) throws InterruptedException {
        FutureTask<Object> task = new FutureTask<>(() -> {
            step.run();
            return name;
        });
        Thread thread = new Thread(null, task, name, stackBytes);
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            return "";
        } catch (TimeoutException e) {
            return "; " + name + " HANGS at " + Arrays.toString(Arrays.copyOf(thread.getStackTrace(), 12));
        } catch (Exception e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return "; " + name + " FAILED: " + cause + " at "
                    + Arrays.toString(Arrays.copyOf(cause.getStackTrace(), Math.min(12, cause.getStackTrace().length)));
        }
    }

    private static void sweep(StackEndCall call, StackEndWorld world) throws Exception {
        attempt(call, world, 0, 0); // loads the classes
        if (done != 1) {
            throw new IllegalStateException("not done on an empty stack");
        }
        int deepest = 0;
        for (int step = 1 << 14; step > 0; step /= 2) { // where nothing of the call runs
            deepest += reaches(deepest + step, world) ? step : 0;
        }
        int reached = deepest;
        while (reached > 0 && !attempt(call, world, reached, 0)) {
            reached = Math.max(0, reached - COARSE_STEP);
        }
        int inARow = 0;
        for (int depth = Math.min(deepest, reached + FINE_FRAMES); depth >= 0 && inARow < DONE_IN_A_ROW; depth--) {
            for (int shim = SHIMS - 1; shim >= 0; shim--) {
                inARow = attempt(call, world, depth, shim) ? inARow + 1 : 0;
            }
        }
    }

    private static boolean reaches(int depth, StackEndWorld world) throws Exception {
        try {
            descend(depth, 0, null, world);
            return true;
        } catch (StackOverflowError e) {
            return false;
        }
    }

    private static boolean attempt(StackEndCall call, StackEndWorld world, int depth, int shim) throws Exception {
        call.prepare(world);
        boolean isDone = false;
        try {
            descend(depth, shim, call, world);
            isDone = true;
            done++;
        } catch (StackOverflowError e) {
            overflows++;
        }
        call.finish(world);
        world.releaseAll();
        return isDone;
    }

    private static void descend(int depth, int shim, @Nullable StackEndCall call, StackEndWorld world)
            throws Exception {
        if (depth != 0) {
            descend(depth - 1, shim, call, world);
            return;
        }
        if (call == null) {
            return;
        }
        switch (shim) {
            case 0 -> call.act(world);
            case 1 -> shim1(call, world);
            default -> shim2(call, world);
        }
    }

    // Frames that differ by a part of one.

    private static void shim1(StackEndCall call, StackEndWorld world) throws Exception {
        call.act(world);
    }

    private static void shim2(StackEndCall call, StackEndWorld world) throws Exception {
        long a, b;
        call.act(world);
    }

    interface Step {
        void run() throws Exception;
    }
}

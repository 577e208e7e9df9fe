package io.pinfold.hwmodel.process;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * A child process that runs to its end, or until its time is up.
 *
 * <p>Output goes to files that are read afterwards, never through a pipe: the end of a pipe comes when the last process
 * that holds it has closed it, so a reader would also wait for processes that the child left behind, and a limit
 * checked after the reading could never apply. Here the wait is for the child alone. What it has written by its end is
 * its output; processes that it left behind are ignored.
 *
 * <p>When the limit is reached, the caller is interrupted, or this JVM ends, the child and its descendants are killed;
 * they have ended when the call returns. Threads may run children at the same time.
 */
public final class ChildProcess {
    private static final int SHOWN_CHARS = 1000;
    private static final long DYING_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long WATCH_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private ChildProcess() {
    }

    /**
     * A child that ended by itself.
     *
     * @param exit   exit code; 128 and the number of the signal if one ended it
     * @param output standard output, with the errors if the builder merged them; empty if it was redirected
     * @param errors standard error; empty if it was merged or redirected
     */
    public record Ended(int exit, String output, String errors) {
    }

    /**
     * Starts a process and waits for its end.
     *
     * @param builder command, folder, environment and redirections. The standard input is empty unless redirected
     * @param limit   how long the child may run, more than nothing
     * @return the ended child
     * @throws ChildTimeoutException if it did not end in time; with the command and its output so far
     * @throws IOException           if it cannot be started
     * @throws InterruptedException  if the caller is interrupted; the child has been killed
     */
    public static Ended run(ProcessBuilder builder, Duration limit) throws IOException, InterruptedException {
        return run(builder, limit, () -> {
        });
    }

    /**
     * Runs a child with a callback while it runs.
     *
     * @param look called on this thread about twice a second, for example to read what the child has written to a file
     *             by then
     */
    public static Ended run(ProcessBuilder builder, Duration limit, Runnable look)
            throws IOException, InterruptedException {
        if (limit.isNegative() || limit.isZero()) {
            throw new IllegalArgumentException("limit " + limit + " of " + builder.command());
        }
        Path output = Files.createTempFile("pinfold-child", ".out");
        Path errors = Files.createTempFile("pinfold-child", ".err");
        Redirect ownOutput = builder.redirectOutput();
        Redirect ownErrors = builder.redirectError();
        try {
            if (ownOutput.equals(Redirect.PIPE)) {
                builder.redirectOutput(output.toFile());
            }
            if (ownErrors.equals(Redirect.PIPE)) {
                builder.redirectError(errors.toFile());
            }
            return run(builder, limit, look, output, errors);
        } finally {
            builder.redirectOutput(ownOutput).redirectError(ownErrors);
            Files.deleteIfExists(output);
            Files.deleteIfExists(errors);
        }
    }

    private static Ended run(ProcessBuilder builder, Duration limit, Runnable look, Path output, Path errors)
            throws IOException, InterruptedException {
        Process process = builder.start();
        Thread hook = new Thread(() -> end(process), "ends " + builder.command().getFirst());
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            process.getOutputStream().close();
            if (!hasEnded(process, limit, look)) {
                long ended = end(process);
                throw new ChildTimeoutException(what(builder.command(), limit, ended, text(output), text(errors)),
                        text(output));
            }
            return new Ended(process.exitValue(), text(output), text(errors));
        } finally {
            long _ = end(process);
            forget(hook);
        }
    }

    /** Waits for the end of a process, for so long at most. */
    private static boolean hasEnded(Process process, Duration limit, Runnable look) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        for (long left = limit.toNanos(); left > 0; left = deadline - System.nanoTime()) {
            if (process.waitFor(Math.min(left, WATCH_NANOS), TimeUnit.NANOSECONDS)) {
                return true;
            }
            look.run();
        }
        return false;
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // this JVM is ending, and the hook has killed the child or will
        }
    }

    /** Kills a process and its descendants, waits until they have ended, and returns the number of descendants. */
    private static long end(Process process) {
        if (!process.isAlive()) {
            return 0; // processes that it left behind have another parent now, and are ignored
        }
        boolean interrupted = Thread.interrupted();
        Set<ProcessHandle> all = stopped(process.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        awaitEnd(process);
        awaitAll(all, ProcessState::hasEnded); // a signal that was sent may not have been taken yet
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return all.size() - 1L;
    }

    /**
     * Stops a process and its descendants, and returns all of them. A running process may start another between the
     * search for descendants and the end of its parent; that process would have no parent in the tree and would not be
     * found. A stopped process starts none. A parent must have taken the signal before its children are searched for:
     * until then it may be about to start another. The parent comes first because a child that is stopped before its
     * exec keeps its parent from stopping.
     */
    private static Set<ProcessHandle> stopped(ProcessHandle process) {
        Set<ProcessHandle> all = new LinkedHashSet<>();
        Set<ProcessHandle> generation = Set.of(process);
        while (!generation.isEmpty()) {
            if (stop(generation)) {
                awaitAll(generation, ProcessState::isStill);
            }
            all.addAll(generation);
            Set<ProcessHandle> others = process.descendants().filter(descendant -> !all.contains(descendant))
                    .collect(Collectors.toSet());
            generation = others.stream().filter(other -> other.parent().filter(others::contains).isEmpty())
                    .collect(Collectors.toSet());
        }
        return all;
    }

    /**
     * Stops a process by a signal; false without the program {@code kill}: then a process that is just being started
     * may escape.
     */
    private static boolean stop(Collection<ProcessHandle> processes) {
        List<String> command = new ArrayList<>(List.of("kill", "-STOP"));
        processes.forEach(process -> command.add(Long.toString(process.pid())));
        try {
            Process kill = new ProcessBuilder(command).redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD).start();
            boolean sent = awaitEnd(kill);
            if (!sent) {
                kill.destroyForcibly();
            }
            return sent;
        } catch (IOException e) {
            return false;
        }
    }

    /** Waits without reacting to an interrupt, which stays set; false if the time was too long. */
    private static boolean awaitEnd(Process process) {
        long deadline = System.nanoTime() + DYING_NANOS;
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Waits until all processes are in a state, or until none has reached it for a while, because one may never reach
     * it.
     */
    private static void awaitAll(Collection<ProcessHandle> processes, Predicate<ProcessHandle> state) {
        long deadline = System.nanoTime() + DYING_NANOS;
        List<ProcessHandle> left = List.copyOf(processes);
        while (!left.isEmpty() && System.nanoTime() - deadline < 0) {
            List<ProcessHandle> still = left.stream().filter(process -> !state.test(process)).toList();
            if (still.size() == left.size()) {
                LockSupport.parkNanos(LOOK_NANOS);
            } else {
                deadline = System.nanoTime() + DYING_NANOS;
            }
            left = still;
        }
    }

    private static String what(List<String> command, Duration limit, long descendants, String output, String errors) {
        String said = (output + errors).strip();
        String shown = said.length() > SHOWN_CHARS ? "... " + said.substring(said.length() - SHOWN_CHARS) : said;
        return String.format(Locale.ROOT,
                "%s did not end within %s s, and was ended with %d processes it had started; %s",
                String.join(" ", command), seconds(limit), descendants,
                said.isEmpty() ? "it had printed nothing" : "it had printed: " + shown);
    }

    private static String seconds(Duration limit) {
        double seconds = limit.toNanos() / 1e9;
        return seconds == Math.rint(seconds) ? Long.toString((long) seconds) : Double.toString(seconds);
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), Charset.defaultCharset()); // never fails on bytes
    }
}

package io.pinfold.hwmodel.fuzz;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Ends the process, with the stacks of all threads and the last calls, when a call does not return. */
final class Watchdog implements Runnable {
    /** The exit code of the process then. */
    static final int HUNG = 3;

    private final long nanos;
    private final Path folder;
    private final Findings findings;
    private volatile List<Actor> watched = List.of();
    private volatile long since = System.nanoTime();

    Watchdog(long seconds, Path folder, Findings findings) {
        this.nanos = seconds * 1_000_000_000L;
        this.folder = folder;
        this.findings = findings;
        Thread.ofPlatform().daemon().name("fuzz-watchdog").start(this);
    }

    /** Watches these actors from now on; none at the end of a round. */
    void watch(List<Actor> actors) {
        since = System.nanoTime();
        watched = List.copyOf(actors);
    }

    @Override
    public void run() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(500);
            } catch (InterruptedException e) {
                return;
            }
            for (Actor actor : watched) {
                Call call = actor.current;
                if (call != null && !call.mayWait && System.nanoTime() - actor.since > nanos) {
                    hung(call.key + " does not come back");
                }
            }
            // closing a round is no call that could be watched
            if (!watched.isEmpty() && watched.stream().allMatch(actor -> actor.hasEnded || actor.current != null
                    && actor.current.mayWait) && System.nanoTime() - newest() > 2 * nanos) {
                hung("the round does not end");
            }
        }
    }

    private long newest() {
        return Math.max(since, watched.stream().mapToLong(actor -> actor.since).max().orElse(since));
    }

    private void hung(String what) {
        findings.add("hang: " + what, threads(), null);
        Runtime.getRuntime().halt(HUNG);
    }

    /** The stacks of all threads, virtual ones too. */
    private String threads() {
        Path dump = folder.resolve("threads-" + ProcessHandle.current().pid() + ".txt");
        try {
            Files.deleteIfExists(dump);
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpThreads(
                    dump.toAbsolutePath().toString(),
                    HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
            return Files.readString(dump);
        } catch (IOException e) {
            return "no thread dump: " + e;
        }
    }
}

package io.pinfold.hwmodel.fuzz;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import io.pinfold.hwmodel.process.ChildTimeoutException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The fuzzer in a JVM of its own, which may crash or hang. Then the last calls of its threads are read from its
 * journal, and its stacks are taken from outside. Properties of this JVM that begin with {@code pinfold.} are the
 * child's as well.
 */
final class FuzzChild {
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin");
    private static final int DUMP_SECONDS = 20;

    private FuzzChild() {
    }

    /**
     * Runs the child to its end and returns its output, with journal and stacks if it did not end by itself. Exit code
     * 0 is a clean run.
     */
    static Ended run(Path folder, Duration limit, String... properties) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Files.deleteIfExists(folder.resolve("journal"));
        Files.deleteIfExists(folder.resolve("pid"));
        List<String> command = new ArrayList<>(List.of(JAVA.resolve("java").toString(), "-ea", "-Xmx512m",
                "-XX:+UseSerialGC", "-XX:-OmitStackTraceInFastThrow" /* exceptions keep their messages */,
                "--enable-native-access=ALL-UNNAMED", "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + folder.resolve("hs_err_pid%p.log").toAbsolutePath(), "-cp",
                System.getProperty("java.class.path"), "-Dpinfold.fuzz.folder=" + folder.toAbsolutePath()));
        for (String property : properties) {
            command.add("-D" + property);
        }
        System.getProperties().forEach((name, value) -> {
            if (name.toString().startsWith("pinfold.fuzz.") || name.equals("pinfold.minutes")) {
                command.add("-D" + name + "=" + value); // the last one wins
            }
        });
        command.add(Fuzzer.class.getName());
        try (ScheduledExecutorService outside = Executors.newSingleThreadScheduledExecutor()) {
            StringBuffer stacks = new StringBuffer();
            var _ = outside.schedule(() -> stacks.append(stacks(folder)), limit.toSeconds() - DUMP_SECONDS,
                    TimeUnit.SECONDS);
            try {
                Ended child = ChildProcess.run(new ProcessBuilder(command).redirectErrorStream(true), limit);
                boolean bySelf = child.exit() == 0 || child.exit() == Fuzzer.FOUND || child.exit() == Watchdog.HUNG;
                return bySelf ? child : new Ended(child.exit(), child.output() + "\nCRASH\n" + lastCalls(folder), "");
            } catch (ChildTimeoutException e) {
                return new Ended(Watchdog.HUNG, e.output() + "\n" + e.getMessage() + "\n" + stacks + lastCalls(folder),
                        "");
            } finally {
                var _ = outside.shutdownNow();
            }
        }
    }

    private static String lastCalls(Path folder) {
        return Journal.open(folder.resolve("journal")).lastCalls();
    }

    private static String stacks(Path folder) {
        try {
            return ChildProcess.run(new ProcessBuilder(JAVA.resolve("jcmd").toString(),
                    Files.readString(folder.resolve("pid")), "Thread.print").redirectErrorStream(true),
                    Duration.ofSeconds(DUMP_SECONDS - 5)).output();
        } catch (IOException | InterruptedException e) {
            return "no stacks: " + e;
        }
    }
}

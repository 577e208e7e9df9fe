package io.pinfold.core.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A run of a main class of the tests in a JVM of its own.
 *
 * @param exit its exit code
 * @param output what it wrote, errors included
 */
record ChildJvm(int exit, String output) {
    private static final long MINUTES = 5;

    /** Runs {@code main} on this JVM's class path. */
    static ChildJvm run(List<String> options, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        return runAfter("exec ", options, main, arguments);
    }

    /** The same from a shell, after {@code prefix}. */
    static ChildJvm runAfter(String prefix, List<String> options, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        List<String> java = new ArrayList<>();
        java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        java.addAll(options);
        java.addAll(List.of("-ea", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                main.getName()));
        java.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", prefix + "'" + String.join("' '", java) + "'");
        builder.redirectErrorStream(true);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        // Into a file: a reader of a pipe would wait for whatever else holds its other end, whatever the limit.
        Path log = Files.createTempFile("pinfold-child", ".log");
        try {
            Process process = builder.redirectOutput(log.toFile()).start();
            try {
                if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                    throw new IllegalStateException(main.getName() + " did not end within " + MINUTES
                            + " minutes; it had printed: " + text(log));
                }
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            return new ChildJvm(process.exitValue(), text(log));
        } finally {
            Files.delete(log);
        }
    }

    private static String text(Path log) throws IOException {
        String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        return text.replaceAll("(?m)^NOTE: Picked up JDK_JAVA_OPTIONS.*\\R", ""); // of the launcher, not the program
    }
}

package io.pinfold.core.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of a main class of the tests in a JVM of its own.
 *
 * @param exit its exit code
 * @param output what it wrote, errors included
 */
record ChildJvm(int exit, String output) {
    /** Runs {@code main} on this JVM's class path. */
    static ChildJvm run(List<String> options, Class<?> main) throws IOException, InterruptedException {
        return run(options, main, "exec ");
    }

    /** The same from a shell, after {@code prefix}. */
    static ChildJvm run(List<String> options, Class<?> main, String prefix)
            throws IOException, InterruptedException {
        List<String> java = new ArrayList<>();
        java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        java.addAll(options);
        java.addAll(List.of("-ea", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                main.getName()));
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", prefix + "'" + String.join("' '", java) + "'");
        builder.redirectErrorStream(true);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new ChildJvm(process.waitFor(), output);
    }
}

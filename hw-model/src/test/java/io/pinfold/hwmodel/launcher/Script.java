package io.pinfold.hwmodel.launcher;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs a script with an environment of its own and returns its output. */
final class Script {
    /** The top of the real tree: Surefire starts tests in the folder of their module. */
    static final Path TOP = Path.of("..").toAbsolutePath().normalize();

    private static final Duration LIMIT = Duration.ofMinutes(5);

    private Script() {
    }

    record Result(int exitCode, String out, String err) {
    }

    /** Uses exactly the given environment: exports of the caller's shell must not decide a test. */
    static Result run(Path workingDirectory, Path logs, Map<String, String> environment, Path script,
            String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(workingDirectory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().clear();
        builder.environment().putAll(new TreeMap<>(environment));
        Ended ended = ChildProcess.run(builder, LIMIT);
        return new Result(ended.exit(), ended.output(), ended.errors());
    }

    static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    static void writeExecutable(Path file, String text) throws IOException {
        write(file, text);
        if (!file.toFile().setExecutable(true)) {
            throw new IOException("Cannot make " + file + " executable");
        }
    }
}

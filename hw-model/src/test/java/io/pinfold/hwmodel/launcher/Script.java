package io.pinfold.hwmodel.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Runs a script with an environment of its own and returns what it said. */
final class Script {
    /** The top of the real tree: Surefire starts tests in the folder of their module. */
    static final Path TOP = Path.of("..").toAbsolutePath().normalize();

    private static final long MINUTES = 5;

    private Script() {
    }

    record Result(int exitCode, String out, String err) {
    }

    /** The environment is exactly the given one: what the caller's shell exports must not decide a test. */
    static Result run(Path workingDirectory, Path logs, Map<String, String> environment, Path script,
            String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(logs, "out", ".txt");
        Path err = Files.createTempFile(logs, "err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command).directory(workingDirectory.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(new TreeMap<>(environment));
        Process process = builder.start();
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IllegalStateException(command + " ran for more than " + MINUTES + " minutes");
        }
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
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

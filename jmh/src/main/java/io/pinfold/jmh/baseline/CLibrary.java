package io.pinfold.jmh.baseline;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The C side, {@code fast_gup.c}, compiled with the system's compiler when it is first asked for. A machine without one measures
 * the rest.
 */
final class CLibrary {
    /** What the source is compiled with. */
    static final List<String> COMMAND = List.of("cc", "-O3", "-march=native", "-std=c11", "-shared", "-fPIC",
            "-fvisibility=hidden");

    private static final String SOURCE = "fast_gup.c";
    private static final long COMPILE_SECONDS = 60;

    /** The functions, or null with {@link #WHY_NOT} saying why. */
    static final @Nullable SymbolLookup FUNCTIONS;
    /** Why there are none; empty when there are. */
    static final String WHY_NOT;
    /** First line of what the compiler says of itself; empty without one. */
    static final String COMPILER;

    static {
        SymbolLookup functions = null;
        String whyNot = "";
        String compiler = "";
        try {
            compiler = run(List.of("cc", "--version")).lines().findFirst().orElse("cc");
            functions = compile();
        } catch (IOException e) {
            whyNot = "no C baseline: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            whyNot = "no C baseline: interrupted while compiling";
        }
        FUNCTIONS = functions;
        WHY_NOT = whyNot;
        COMPILER = compiler;
    }

    private CLibrary() {
    }

    private static SymbolLookup compile() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("pinfold-bench");
        Path source = folder.resolve(SOURCE);
        Path library = folder.resolve("libfastgup.so");
        try {
            try (InputStream text = CLibrary.class.getResourceAsStream(SOURCE)) {
                if (text == null) {
                    throw new IOException(SOURCE + " is not on the class path");
                }
                Files.copy(text, source, StandardCopyOption.REPLACE_EXISTING);
            }
            List<String> command = new java.util.ArrayList<>(COMMAND);
            command.addAll(List.of(source.toString(), "-o", library.toString()));
            String unused = run(command);
            return NativeAccess.library(library);
        } finally {
            // a loaded library needs its file no longer
            Files.deleteIfExists(library);
            Files.deleteIfExists(source);
            Files.deleteIfExists(folder);
        }
    }

    /** Output of a command; a failure becomes an exception with what it said. */
    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said;
        try (InputStream output = process.getInputStream()) {
            said = new String(output.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
        if (!process.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(command.getFirst() + " did not end within " + COMPILE_SECONDS + " s");
        }
        if (process.exitValue() != 0) {
            throw new IOException(
                    String.join(" ", command) + " ended with " + process.exitValue() + ": " + said.strip());
        }
        return said;
    }
}

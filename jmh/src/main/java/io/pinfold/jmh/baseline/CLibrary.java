package io.pinfold.jmh.baseline;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.SymbolLookup;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The C side, {@code fast_gup.c}, compiled with the system's compiler when it is first asked for. On a machine where
 * that does not give a library with all functions, the other rows are measured.
 *
 * @param functions the functions; null without a library
 * @param whyNot    why there is no library; empty when there is one
 * @param compiler  first line of the compiler's version text; empty without a compiler
 */
record CLibrary(@Nullable SymbolLookup functions, String whyNot, String compiler) {
    /** The options with which the source is compiled. */
    static final List<String> COMMAND = List.of("cc", "-O3", "-march=native", "-std=c11", "-shared", "-fPIC",
            "-fvisibility=hidden");
    /** The functions that the source must hold. */
    private static final List<String> NAMES = List.of("list_get", "list_pin", "extents_get", "extents_pin",
            "two_atomics");

    private static final String SOURCE = "fast_gup.c";
    private static final Duration COMPILE_LIMIT = Duration.ofMinutes(1);

    /** Holds the library of the system's compiler, compiled on first use. */
    private static final class OfSystem {
        static final CLibrary LIBRARY = compiled(COMMAND, COMPILE_LIMIT);

        private OfSystem() {
        }
    }

    /** The library that is compared with, compiled on the first call. */
    static CLibrary system() {
        return OfSystem.LIBRARY;
    }

    /**
     * Compiles and loads the source. A failure throws nothing: it becomes the reason why there is no library.
     *
     * @param command the compiler and its options
     * @param limit   how long the compiler may take
     */
    static CLibrary compiled(List<String> command, Duration limit) {
        String compiler = "";
        try {
            compiler = run(List.of(command.getFirst(), "--version"), limit).lines().findFirst()
                    .orElse(command.getFirst());
            return new CLibrary(load(command, limit), "", compiler);
        } catch (FileSystemException e) { // an exception whose message is a path and nothing else
            return none(e.toString(), compiler);
        } catch (IOException e) {
            return none(String.valueOf(e.getMessage()), compiler);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return none("interrupted while compiling", compiler);
        }
    }

    private static CLibrary none(String why, String compiler) {
        return new CLibrary(null, "no C baseline: " + why, compiler);
    }

    private static SymbolLookup load(List<String> command, Duration limit) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("pinfold-bench");
        try {
            Path source = folder.resolve(SOURCE);
            Path library = folder.resolve("libfastgup.so");
            try (InputStream text = CLibrary.class.getResourceAsStream(SOURCE)) {
                if (text == null) {
                    throw new IOException(SOURCE + " is not on the class path");
                }
                Files.copy(text, source);
            }
            List<String> whole = new ArrayList<>(command);
            whole.addAll(List.of(source.toString(), "-o", library.toString()));
            String said = run(whole, limit);
            if (!Files.exists(library)) {
                throw new IOException(String.join(" ", whole) + " ended with 0 and wrote nothing: " + said.strip());
            }
            return complete(NativeAccess.library(library), library);
        } catch (IllegalArgumentException e) { // no library, or the folder forbids execution
            throw new IOException("what " + command.getFirst() + " wrote cannot be loaded: " + e.getMessage(), e);
        } finally {
            delete(folder); // the file is not needed once the library is loaded
        }
    }

    private static SymbolLookup complete(SymbolLookup functions, Path library) throws IOException {
        for (String name : NAMES) {
            if (functions.find(name).isEmpty()) {
                throw new IOException(library + " has no function " + name);
            }
        }
        return functions;
    }

    /** Removes the folder as far as that is possible: a file left behind is no reason to do without the library. */
    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // the folder is a temporary one, so a remainder is harmless
        }
    }

    /** Runs a command and returns its output; a failure becomes an exception with that output. */
    private static String run(List<String> command, Duration limit) throws IOException, InterruptedException {
        Ended ended = ChildProcess.run(new ProcessBuilder(command).redirectErrorStream(true), limit);
        if (ended.exit() != 0) {
            throw new IOException(
                    String.join(" ", command) + " ended with " + ended.exit() + ": " + ended.output().strip());
        }
        return ended.output();
    }
}

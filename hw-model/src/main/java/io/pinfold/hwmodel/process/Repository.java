package io.pinfold.hwmodel.process;

import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Queries git about the code, so that evidence can be compared with the current code. Without git, or outside a
 * repository, nothing is known and nothing counts as committed. One thread.
 */
public final class Repository {
    /** The paths of the product code, which evidence is about. */
    private static final List<String> PRODUCT = List.of("core/src/main", "fastpath/src/main",
            "hw-model/src/main/java/io/pinfold/hwmodel/device");
    /** The paths from which the tests and the code under test are built. */
    private static final List<String> SOURCES = List.of("core/src/main", "core/src/geometry-tiny", "fastpath/src/main",
            "hw-model/src/main", "jcstress-tests/src/main/java");

    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** The value of an unknown id. */
    public static final String UNKNOWN = "unknown";

    /**
     * The root of the working tree: paths are relative to it, and git would resolve them from any other folder
     * differently.
     */
    private final Path home;
    private final Map<String, Boolean> sameProduct = new HashMap<>();

    /** The repository that a folder is in. */
    public Repository(Path folder) {
        String top = git(folder, List.of("rev-parse", "--show-toplevel")).strip();
        home = top.startsWith("/") ? Path.of(top) : folder;
    }

    /** Id of the commit the folder is at; {@link #UNKNOWN} if there is none. */
    public String commit() {
        String head = git(List.of("rev-parse", "HEAD"));
        return head.strip().matches("[0-9a-f]{40}") ? head.strip() : UNKNOWN;
    }

    /** Whether the sources are those of the commit. */
    public boolean isClean() {
        return !commit().equals(UNKNOWN) && git(with(SOURCES, "status", "--porcelain", "--")).isEmpty();
    }

    /** Id and day of the commit that changed a file last; empty if it is not committed, or was changed since. */
    public String lastChange(Path file) {
        String path = file.toAbsolutePath().toString();
        boolean isCommitted = git(List.of("status", "--porcelain", "--", path)).isEmpty();
        String last = git(List.of("log", "-1", "--format=%H %cs", "--", path)).strip();
        return isCommitted && last.matches("[0-9a-f]{40} .*") ? last : "";
    }

    /** Whether the product code has not changed after a commit; false also if that is unknown. */
    public boolean isSameProduct(String commit) {
        return sameProduct.computeIfAbsent(commit, key -> key.matches("[0-9a-f]{7,40}")
                && git(with(PRODUCT, "diff", "--name-only", key, "--")).isEmpty());
    }

    /** Whether a jar was built before the last change of a source: then it holds older code. */
    public boolean isOlderThanSources(Path jar) throws IOException {
        FileTime built = Files.getLastModifiedTime(jar);
        for (String folder : SOURCES) {
            if (Files.exists(home.resolve(folder))) {
                try (Stream<Path> files = Files.walk(home.resolve(folder))) {
                    if (files.filter(Files::isRegularFile).anyMatch(file -> isYounger(file, built))) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean isYounger(Path file, FileTime built) {
        try {
            return Files.getLastModifiedTime(file).compareTo(built) > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> with(List<String> paths, String... command) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(paths);
        return all;
    }

    /** Runs git and returns its output; if it fails, a text that is neither empty nor an id. */
    private String git(List<String> arguments) {
        return git(home, arguments);
    }

    private static String git(Path folder, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of("git", "-C", folder.toString()));
        command.addAll(arguments);
        try {
            Ended git = ChildProcess.run(new ProcessBuilder(command), LIMIT);
            return git.exit() == 0 ? git.output() : "git failed";
        } catch (ChildTimeoutException e) {
            return "git did not end";
        } catch (IOException e) {
            return "no git";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }
}

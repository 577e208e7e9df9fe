package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The product of another commit: its jars of core and fastpath, built once by its own {@code mvnw} and kept in
 * {@code jmh/target/against}, by the commit's id; and its own benchmarks.
 *
 * @param id         of the commit, 40 digits
 * @param jars       core and fastpath
 * @param benchmarks the folder of their sources
 */
record OtherCommit(String id, List<Path> jars, Path benchmarks) {
    private static final Path BENCHMARKS = Path.of("jmh", "src", "main", "java");
    private static final List<String> MODULES = List.of("core", "fastpath");
    private static final Duration GIT_LIMIT = Duration.ofMinutes(5);
    private static final Duration BUILD_LIMIT = Duration.ofMinutes(30);
    private static final int SHOWN_LINES = 12;

    /** Thrown when a step before the measurement failed; the message names the step and the failure. */
    static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        FailedException(String message) {
            super(message);
        }
    }

    /**
     * Resolves a user's name of a commit to its id: a hash, a tag, {@code HEAD~3}.
     *
     * @throws FailedException if git is missing, or finds no such commit
     */
    static String idOf(Path home, String commit) throws FailedException, IOException, InterruptedException {
        Ended answer = git(home, List.of("rev-parse", "--verify", "--end-of-options", commit + "^{commit}"), null);
        String id = answer.output().strip();
        if (answer.exit() != 0 || !id.matches("[0-9a-f]{40,64}")) {
            throw new FailedException("no commit " + commit + " in " + home + ": " + answer.errors().strip());
        }
        return id;
    }

    /**
     * The commit of a working tree, with a plus sign if the measured code differs from it; the folder's name outside a
     * repository.
     */
    static String nameOf(Path home) throws InterruptedException {
        try {
            String id = idOf(home, "HEAD");
            Ended status = git(home, List.of("status", "--porcelain", "--", "core/src/main", "fastpath/src/main"),
                    null);
            return id.substring(0, 10) + (status.output().isBlank() ? "" : "+");
        } catch (FailedException | IOException e) {
            return home.toString();
        }
    }

    /**
     * The jars of a commit, which are built if that has not been done before.
     *
     * @param home of the repository
     * @param id   from {@link #idOf}
     * @param err  stream for a message about the build
     * @throws FailedException if the commit does not build, with the end of what Maven said
     */
    static OtherCommit built(Path home, String id, PrintWriter err)
            throws FailedException, IOException, InterruptedException {
        Path kept = home.resolve("jmh").resolve("target").resolve("against").resolve(id);
        List<Path> jars = MODULES.stream().map(module -> kept.resolve("pinfold-" + module + ".jar")).toList();
        Path benchmarks = kept.resolve("benchmarks");
        if (jars.stream().allMatch(Files::exists) && Files.exists(benchmarks)) {
            return new OtherCommit(id, jars, benchmarks);
        }
        err.println("bench: building core and fastpath of " + id.substring(0, 10) + " ...");
        err.flush();
        Path tree = kept.resolve("tree"); // not in a temporary folder, from which a wrapper may not be executed
        delete(tree); // left by a build that was killed
        Files.createDirectories(tree);
        try {
            checkOut(home, id, tree);
            build(tree, id);
            delete(benchmarks);
            if (Files.exists(tree.resolve(BENCHMARKS))) {
                Files.move(tree.resolve(BENCHMARKS), benchmarks);
            } else {
                Files.createDirectories(benchmarks);
            }
            for (int i = 0; i < jars.size(); i++) {
                Path fresh = kept.resolve(MODULES.get(i) + ".tmp");
                Files.copy(jarOf(tree, MODULES.get(i)), fresh, StandardCopyOption.REPLACE_EXISTING);
                Files.move(fresh, jars.get(i), StandardCopyOption.ATOMIC_MOVE);
            }
        } finally {
            delete(tree);
        }
        return new OtherCommit(id, jars, benchmarks);
    }

    /**
     * Checks the commit out with an index of its own, which leaves nothing behind in the repository, not even after a
     * kill.
     */
    private static void checkOut(Path home, String id, Path tree)
            throws FailedException, IOException, InterruptedException {
        Path index = tree.resolve("index-of-bench");
        for (List<String> step : List.of(List.of("read-tree", id),
                List.of("checkout-index", "--all", "--prefix=" + tree + "/"))) {
            Ended ended = git(home, step, index);
            if (ended.exit() != 0) {
                throw new FailedException("git " + String.join(" ", step) + " ended with " + ended.exit() + ": "
                        + ended.errors().strip());
            }
        }
        Files.deleteIfExists(index);
    }

    /**
     * Builds without the network if that is enough: only a changed dependency can be missing, since this program runs.
     */
    private static void build(Path tree, String id) throws FailedException, IOException, InterruptedException {
        Ended ended = maven(tree, List.of("-o"));
        if (ended.exit() != 0) {
            ended = maven(tree, List.of());
        }
        if (ended.exit() != 0) {
            List<String> said = ended.output().lines().filter(line -> !line.isBlank()).toList();
            throw new FailedException(id.substring(0, 10) + " does not build (exit " + ended.exit() + "):"
                    + System.lineSeparator() + String.join(System.lineSeparator(),
                            said.subList(0, Math.min(SHOWN_LINES, said.size()))));
        }
    }

    private static Ended maven(Path tree, List<String> more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(tree.resolve("mvnw").toString(), "-B", "-q", "-pl", "fastpath",
                "-am", "-Dmaven.test.skip=true", "-Dpinfold.geometries.skip=true"));
        command.addAll(more);
        command.add("package");
        ProcessBuilder builder = new ProcessBuilder(command).directory(tree.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA25_HOME", System.getProperty("java.home")); // as the launcher does it
        builder.environment().putIfAbsent("JAVA_HOME", System.getProperty("java.home"));
        return ChildProcess.run(builder, BUILD_LIMIT);
    }

    private static Path jarOf(Path tree, String module) throws IOException, FailedException {
        try (Stream<Path> files = Files.list(tree.resolve(module).resolve("target"))) {
            return files.filter(file -> file.getFileName().toString().matches("pinfold-" + module + "-[0-9].*\\.jar"))
                    .filter(file -> !file.getFileName().toString().matches(".*-(sources|javadoc|tests)\\.jar"))
                    .findFirst().orElseThrow(() -> new FailedException("the build of " + module + " made no jar"));
        }
    }

    private static Ended git(Path home, List<String> arguments, @org.jspecify.annotations.Nullable Path index)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git", "-C", home.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command);
        if (index != null) {
            builder.environment().put("GIT_INDEX_FILE", index.toString());
        }
        return ChildProcess.run(builder, GIT_LIMIT);
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}

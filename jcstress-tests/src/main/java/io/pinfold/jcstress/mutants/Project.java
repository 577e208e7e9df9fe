package io.pinfold.jcstress.mutants;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folders of the project, and the class paths of the checkers.
 *
 * @param home the project's folder
 */
record Project(Path home) {

    /** Modules with tests of shipping code, each after the modules that it needs. */
    static final List<String> MODULES = List.of("core", "fastpath", "hw-model");

    private static final String OWN = "jcstress-tests";

    /** The project that the launcher belongs to. */
    static Project ofLauncher() {
        String home = System.getProperty("pinfold.home");
        if (home == null) {
            throw new IllegalStateException("-Dpinfold.home is not set: start it by ./pinfold");
        }
        return new Project(Path.of(home).toAbsolutePath());
    }

    /** Makes the empty folder of the work on one mutant. */
    Path emptyWork(String id) throws IOException {
        Path work = target().resolve("mutants").resolve(id);
        if (Files.exists(work)) {
            try (Stream<Path> files = Files.walk(work)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        return Files.createDirectories(work);
    }

    Path target() {
        return home.resolve(OWN).resolve("target");
    }

    /** The results about mechanical mutants: they belong to the sources, since the same class gives the same ones. */
    Path mechanical() {
        return home.resolve(OWN).resolve("evidence").resolve("mechanical");
    }

    /** The folder a module's tests run in. */
    Path folder(String module) {
        return home.resolve(module);
    }

    Path classes(String module) {
        return home.resolve(module).resolve("target/classes");
    }

    Path testClasses(String module) {
        return home.resolve(module).resolve("target/test-classes");
    }

    /** The class path for compiling a changed class: the built modules. */
    List<Path> built() throws IOException {
        List<Path> path = new ArrayList<>();
        MODULES.forEach(module -> path.add(classes(module)));
        path.addAll(jars("lib", ""));
        return path;
    }

    /** The class path of unit tests; the changed classes come first. */
    List<Path> tests() throws IOException {
        List<Path> path = new ArrayList<>();
        MODULES.forEach(module -> path.add(testClasses(module)));
        path.add(testClasses(OWN));
        path.addAll(built());
        path.addAll(jars("test-lib", ""));
        return path;
    }

    /** The class path of PIT and of its JVMs: its jopt-simple, then that of unit tests, jars by list. */
    List<Path> pit() throws IOException {
        Path list = target().resolve("pinfold.pit");
        if (!Files.exists(list)) {
            throw new IOException(list + " is missing: run ./mvnw package");
        }
        List<Path> path = new ArrayList<>(List.of(target().resolve("pit/jopt-simple.jar")));
        MODULES.forEach(module -> path.add(testClasses(module)));
        path.add(testClasses(OWN));
        MODULES.forEach(module -> path.add(classes(module)));
        for (String jar : Files.readString(list).strip().split(":", -1)) {
            path.add(target().resolve(jar));
        }
        return path;
    }

    /** The class path of the explorer: its own Words, then the modules. */
    List<Path> explorer() throws IOException {
        List<Path> path = new ArrayList<>(jars("", "-explore.jar"));
        path.addAll(built());
        return path;
    }

    /** The shaded jar of race tests. */
    Path raceTests() {
        return target().resolve("jcstress.jar");
    }

    /** The jars of other projects; the modules of this one are taken from their build folders. */
    private List<Path> jars(String folder, String end) throws IOException {
        Path place = target().resolve(folder);
        if (!Files.isDirectory(place)) {
            throw new IOException(place + " is missing: run ./mvnw package");
        }
        try (Stream<Path> files = Files.list(place)) {
            boolean own = !end.isEmpty();
            return files.filter(file -> {
                String name = String.valueOf(file.getFileName());
                return own ? name.endsWith(end) : name.endsWith(".jar") && !name.startsWith("pinfold-");
            }).sorted().toList();
        }
    }

    /** The module of a test class, which is named without {@code io.pinfold.}. */
    Optional<String> moduleOf(String testClass) {
        String file = "io/pinfold/" + testClass.replace('.', '/') + ".class";
        return MODULES.stream().filter(module -> Files.exists(testClasses(module).resolve(file))).findFirst();
    }

    /** All classes of a module that Surefire would run, named without {@code io.pinfold.}. */
    List<String> unitTests(String module) throws IOException {
        Path root = testClasses(module).resolve("io/pinfold");
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString()).filter(name -> name.endsWith("Test.class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.')).sorted()
                    .toList();
        }
    }

    /** A class path as text. */
    static String join(List<Path> path) {
        return String.join(File.pathSeparator, path.stream().map(Path::toString).toList());
    }
}

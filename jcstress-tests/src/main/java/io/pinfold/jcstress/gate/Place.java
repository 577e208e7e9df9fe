package io.pinfold.jcstress.gate;

import io.pinfold.hwmodel.process.Repository;
import io.pinfold.jcstress.support.TinyGeometry;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The jar and class path from which race tests run, and the folder of their results.
 *
 * <p>The build runs the shaded jar, in whose folder it leaves its result. The launcher has core's own page tables on
 * its class path, so it runs the tests from the shaded jar that was built with them. It writes beside the build's
 * results, never over them.
 *
 * @param jar       the jar with the tests, which is to hold the tiny page tables
 * @param classPath of jcstress
 * @param folder    for results
 */
public record Place(Path jar, String classPath, Path folder) {
    private static final Path SHADED = Path.of("jcstress-tests", "target", "jcstress.jar");

    /** The place of this JVM. */
    public static Place here() {
        String home = System.getProperty("pinfold.home");
        if (TinyGeometry.isLinked() || home == null) {
            TinyGeometry.require();
            return new Place(RaceTests.codeSource(Place.class), ownClassPath(), Path.of("").toAbsolutePath());
        }
        Path jar = Path.of(home).toAbsolutePath().resolve(SHADED);
        if (!Files.exists(jar)) {
            throw new IllegalStateException(jar + " is missing: run ./mvnw package");
        }
        return new Place(jar, jar.toString(), jar.resolveSibling("races"));
    }

    /** Makes the entries absolute: the child runs in another directory, where relative entries would be wrong. */
    private static String ownClassPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** The repository that the jar was built in. */
    public Repository repository() {
        Path around = jar.toAbsolutePath().getParent();
        return new Repository(around == null ? jar : around);
    }

    /** The accumulation of samples of this place in a totals file. */
    public Accumulation accumulation(Path file, boolean isDirtyAllowed, PrintWriter out) throws IOException {
        return new Accumulation(file, repository(), jar, isDirtyAllowed, out);
    }

    /** Makes an empty folder of this name. */
    Path emptied(String name) throws IOException {
        Path directory = folder.resolve(name);
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder()).forEach(Place::delete);
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
        return Files.createDirectories(directory);
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

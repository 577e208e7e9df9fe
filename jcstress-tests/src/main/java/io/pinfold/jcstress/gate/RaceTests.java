package io.pinfold.jcstress.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

import org.openjdk.jcstress.annotations.JCStressTest;

/**
 * Finds the race tests by reading the classes themselves.
 *
 * <p>jcstress runs the tests in {@code META-INF/TestList}, which its annotation processor writes, and accepts an empty
 * list. A processor that did not run, a list lost in shading or a pattern that matches nothing would all pass as
 * "nothing failed", so what must run is derived independently of that list.
 */
public final class RaceTests {
    private RaceTests() {
    }

    /**
     * The names, as jcstress spells them, of all classes under a package that are annotated as tests.
     *
     * @param anchor a class of the package to look in; its jar or directory is searched
     * @throws UncheckedIOException when the code source cannot be read
     */
    public static SortedSet<String> in(Class<?> anchor) {
        String folder = anchor.getPackageName().replace('.', '/');
        SortedSet<String> tests = new TreeSet<>();
        for (String name : classNames(codeSource(anchor), folder)) {
            if (isTest(name, anchor.getClassLoader())) {
                tests.add(name.replace('$', '.'));
            }
        }
        return tests;
    }

    /**
     * The gaps of a set of tests: every race needs its model, a weakened model and the shipping code.
     *
     * @return one sentence per gap, empty when nothing is missing
     */
    public static List<String> gaps(SortedSet<String> tests) {
        List<String> gaps = new ArrayList<>();
        SortedSet<String> races = new TreeSet<>();
        for (String test : tests) {
            races.add(race(test));
        }
        for (String race : races) {
            for (Kind kind : Kind.values()) {
                if (tests.stream().noneMatch(test -> race(test).equals(race) && Kind.of(test) == kind)) {
                    gaps.add(race + " has no " + kind + " test");
                }
            }
        }
        return gaps;
    }

    /** The path from which a class was loaded: a jar or a directory. */
    public static Path codeSource(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(type + " comes from a place that is no path", e);
        }
    }

    private static String race(String test) {
        return test.substring(0, test.lastIndexOf('.'));
    }

    private static boolean isTest(String name, ClassLoader loader) {
        try {
            return Class.forName(name, false, loader).isAnnotationPresent(JCStressTest.class);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("class " + name + " is listed but cannot be loaded", e);
        }
    }

    private static List<String> classNames(Path source, String folder) {
        try {
            if (Files.isDirectory(source)) {
                return classNames(source, source.resolve(folder));
            }
            try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + source.toUri()), Map.of())) {
                return classNames(jar.getPath("/"), jar.getPath("/" + folder));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the classes of " + source, e);
        }
    }

    private static List<String> classNames(Path root, Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.map(file -> root.relativize(file).toString()).filter(name -> name.endsWith(".class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .filter(name -> !name.endsWith("package-info")).sorted().toList();
        }
    }
}

package io.pinfold.jmh.bench;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * The class path of one side of a comparison: this tree's benchmarks on one product, which may be older than the
 * benchmarks.
 *
 * <p>The benchmarks are compiled once more against the product of each side. If some do not compile, because types have
 * moved, the other side's own benchmarks are taken; they have the same rows as far as those existed then. A source that
 * still does not compile is left out, and the class that this tree built takes its place. The rows of such a class fail
 * with a message at their first use of a missing type; all other rows are measured.
 */
final class SideClasses {
    private SideClasses() {
    }

    /**
     * Compiles the benchmarks for a product.
     *
     * @param sources   folders of benchmarks: the first one that compiles as a whole is taken, else the last
     * @param folder    for the classes; is made
     * @param product   jars or folders of core and fastpath
     * @param benchmark jars or folders with the benchmarks as this tree built them, and what they need beside the
     *                  product
     * @return a class path
     * @throws IOException if nothing can be compiled
     */
    static String compile(List<Path> sources, Path folder, List<Path> product, List<Path> benchmark)
            throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IOException("this Java, " + System.getProperty("java.home") + ", has no compiler");
        }
        String known = join(product, benchmark);
        Files.createDirectories(folder);
        String why = "there is nothing to compile";
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            for (int i = 0; i < sources.size(); i++) {
                boolean isLast = i == sources.size() - 1;
                List<Path> files = javaFiles(sources.get(i));
                while (!files.isEmpty()) {
                    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
                    boolean isGood = compiler.getTask(null, manager, found,
                            List.of("-proc:none", "-nowarn", "-d", folder.toString(), "-cp", known), null,
                            manager.getJavaFileObjectsFromPaths(files)).call();
                    if (isGood) {
                        return folder + File.pathSeparator + known;
                    }
                    why = String.valueOf(found.getDiagnostics());
                    Set<Path> refused = refused(found);
                    if (!isLast || !files.removeIf(refused::contains)) {
                        break;
                    }
                }
            }
        }
        throw new IOException("the benchmarks in " + sources + " do not compile on " + product + ": " + why);
    }

    /** Whether a folder holds no source. */
    static boolean isEmpty(Path folder) throws IOException {
        return javaFiles(folder).isEmpty();
    }

    private static List<Path> javaFiles(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
        }
        return files;
    }

    private static Set<Path> refused(DiagnosticCollector<JavaFileObject> found) {
        Set<Path> refused = new HashSet<>();
        for (Diagnostic<? extends JavaFileObject> diagnostic : found.getDiagnostics()) {
            if (diagnostic.getKind() == Diagnostic.Kind.ERROR && diagnostic.getSource() != null) {
                refused.add(Path.of(diagnostic.getSource().toUri()));
            }
        }
        return refused;
    }

    private static String join(List<Path> first, List<Path> then) {
        return Stream.concat(first.stream(), then.stream()).map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** The jar or folder from which a class of this JVM comes. */
    static Path origin(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(type + " is from nowhere that can be named", e);
        }
    }

    /** The class path of this JVM without some entries. */
    static List<Path> classPathWithout(List<Path> entries) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1)).map(Path::of)
                .filter(entry -> entries.stream().noneMatch(other -> isSame(entry, other))).toList();
    }

    private static boolean isSame(Path entry, Path other) {
        return entry.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    }

    /** Copies jars, so that a build meanwhile does not change what is measured; folders stay where they are. */
    static List<Path> copies(List<Path> entries, Path folder) throws IOException {
        Files.createDirectories(folder);
        List<Path> copies = new ArrayList<>();
        for (Path entry : entries) {
            if (Files.isRegularFile(entry)) {
                Path copy = folder.resolve(copies.size() + "-" + entry.getFileName());
                copies.add(Files.copy(entry, copy, StandardCopyOption.REPLACE_EXISTING));
            } else {
                copies.add(entry);
            }
        }
        return copies;
    }
}

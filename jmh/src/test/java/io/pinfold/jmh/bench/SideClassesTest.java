package io.pinfold.jmh.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Benchmarks of a new product on an old one. */
class SideClassesTest {
    private static final String OLD = "package p; public class Product { public static String old() { return \"old\"; } }";
    private static final String NEW = "package p; public class Product { public static String old() { return \"new\"; }"
            + " public static String more() { return \"more\"; } }";

    @TempDir
    Path directory;

    @Test
    void whatAnOldProductHasIsMeasuredOnItAndWhatItLacksFailsByItself() throws Exception {
        Path oldProduct = compiled("old", List.of(), "p/Product.java", OLD);
        Path newProduct = compiled("new", List.of(), "p/Product.java", NEW);
        Path sources = directory.resolve("sources");
        write(sources.resolve("b/Both.java"),
                "package b; class Both { public static void main(String[] a) { System.out.print(p.Product.old()); } }");
        write(sources.resolve("b/Newer.java"), "package b; class Newer { static String more = p.Product.more();"
                + " public static void main(String[] a) { System.out.print(more); } }");
        Path built = directory.resolve("built");
        assertThat(
                javac("-d", built.toString(), "-cp", newProduct.toString(), sources.resolve("b/Both.java").toString(),
                        sources.resolve("b/Newer.java").toString()))
                .isZero();

        String classPath = SideClasses.compile(List.of(sources), directory.resolve("side"), List.of(oldProduct),
                List.of(built));

        assertThat(directory.resolve("side/b/Both.class")).exists();
        assertThat(directory.resolve("side/b/Newer.class")).doesNotExist();
        assertThat(run(classPath, "b.Both")).isEqualTo(new Ended(0, "old", ""));
        assertThat(run(classPath, "b.Newer").errors()).contains("NoSuchMethodError");
    }

    @Test
    void whereTypesHaveMovedTheOtherSidesOwnBenchmarksAreTaken() throws Exception {
        Path oldProduct = compiled("old", List.of(), "p/Product.java", OLD);
        Path ours = directory.resolve("ours");
        write(ours.resolve("b/Row.java"), "package b; class Row { static String row = q.Moved.old(); }");
        Path theirs = directory.resolve("theirs");
        write(theirs.resolve("b/Row.java"), "package b; class Row { public static void main(String[] a) {"
                + " System.out.print(\"theirs \" + p.Product.old()); } }");

        String classPath = SideClasses.compile(List.of(ours, theirs), directory.resolve("side"), List.of(oldProduct),
                List.of());

        assertThat(run(classPath, "b.Row")).isEqualTo(new Ended(0, "theirs old", ""));
    }

    @Test
    void sourcesOfWhichNothingCompilesAreAnErrorThatNamesThem() throws Exception {
        Path sources = directory.resolve("sources");
        write(sources.resolve("Broken.java"), "class Broken {");

        assertThatExceptionOfType(IOException.class).isThrownBy(
                () -> SideClasses.compile(List.of(sources), directory.resolve("side"), List.of(), List.of()))
                .withMessageContaining("Broken.java");
    }

    @Test
    void jarsAreCopiedAndFoldersStayWhereTheyAre() throws IOException {
        Path jar = directory.resolve("some.jar");
        write(jar, "content");

        List<Path> copies = SideClasses.copies(List.of(jar, directory), directory.resolve("copies"));

        assertThat(copies.getFirst()).isNotEqualTo(jar).hasContent("content");
        assertThat(copies.getLast()).isEqualTo(directory);
    }

    private Path compiled(String name, List<String> options, String file, String text) throws IOException {
        Path source = directory.resolve(name + "-source").resolve(file);
        write(source, text);
        Path classes = directory.resolve(name);
        assertThat(javac("-d", classes.toString(), source.toString())).as("%s", options).isZero();
        return classes;
    }

    private static int javac(String... arguments) {
        return ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments);
    }

    private static Ended run(String classPath, String main) throws IOException, InterruptedException {
        return ChildProcess.run(new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp", classPath, main), Duration.ofMinutes(2));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}

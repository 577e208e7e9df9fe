package io.pinfold.core.pgtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.geometry.TableShape;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table shapes that other test runs put in the place of core's: they differ in their figures and in nothing else.
 */
class TableShapesTest {
    private static final Path FOLDERS = Path.of("target", "geometry");
    private static final Path CLASS_FILE = Path.of("io", "pinfold", "core", "geometry", "TableShape.class");

    @Test
    void allHaveTheSameSignatures() throws IOException {
        Set<String> expected = members(Path.of("target", "classes").resolve(CLASS_FILE));
        assertThat(expected).hasSizeGreaterThanOrEqualTo(6);
        for (Path folder : folders()) {
            assertThat(members(folder.resolve(CLASS_FILE))).as("%s", folder).isEqualTo(expected);
        }
    }

    @Test
    void eachIsAnotherGeometry() throws Exception {
        TreeMap<String, List<Object>> figures = new TreeMap<>();
        for (Path folder : folders()) {
            figures.put(folder.getFileName().toString(), figures(folder));
        }
        assertThat(figures).containsOnlyKeys("folded", "hugepd", "rootleaf", "split", "tiny").doesNotContainValue(
                figures(Path.of("target", "classes")));
        assertThat(figures.values()).doesNotHaveDuplicates();
    }

    /** Nothing but a TableShape: a folder that comes first on a class path must not replace anything else. */
    @Test
    void noFolderHoldsAnythingElse() throws IOException {
        for (Path folder : folders()) {
            try (Stream<Path> files = Files.walk(folder)) {
                assertThat(files.filter(Files::isRegularFile)).containsExactly(folder.resolve(CLASS_FILE));
            }
        }
    }

    private static List<Path> folders() throws IOException {
        try (Stream<Path> folders = Files.list(FOLDERS)) {
            List<Path> found = folders.sorted().toList();
            assertThat(found).isNotEmpty();
            return found;
        }
    }

    private static Set<String> members(Path file) throws IOException {
        ClassModel model = ClassFile.of().parse(file);
        return Stream.concat(
                model.fields().stream()
                        .map(field -> field.flags().flagsMask() + " " + field.fieldName() + field.fieldType()),
                model.methods().stream().map(
                        method -> method.flags().flagsMask() + " " + method.methodName() + method.methodType()))
                .collect(Collectors.toSet());
    }

    private static List<Object> figures(Path folder) throws IOException, ReflectiveOperationException {
        try (URLClassLoader loader = new URLClassLoader(new URL[]{folder.toUri().toURL()}, null)) {
            Class<?> type = loader.loadClass(TableShape.class.getName());
            return Stream.of(type.getDeclaredMethods()).sorted((a, b) -> a.getName().compareTo(b.getName()))
                    .map(TableShapesTest::call).toList();
        }
    }

    private static Object call(Method method) {
        method.setAccessible(true);
        try {
            return method.invoke(null);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new AssertionError(method + " cannot be called", e);
        }
    }
}

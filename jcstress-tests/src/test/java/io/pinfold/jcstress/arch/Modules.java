package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The main classes of each module, read from its {@code target/classes}: a class path may hold other versions of a
 * class (the tiny geometry is meant to), a folder holds exactly what the module compiled.
 */
enum Modules {
    CORE("core", "io.pinfold.core"), FASTPATH("fastpath", "io.pinfold.fastpath"),
    HW_MODEL("hw-model", "io.pinfold.hwmodel"), JCSTRESS_TESTS("jcstress-tests", "io.pinfold.jcstress");

    private final Path folder;
    final String basePackage;
    private @Nullable JavaClasses classes;

    Modules(String name, String basePackage) {
        // Surefire starts the tests in the folder of their module.
        this.folder = Path.of("..", name, "target", "classes");
        this.basePackage = basePackage;
    }

    /** Read once: every rule looks at the same classes. */
    synchronized JavaClasses classes() {
        if (classes == null) {
            classes = new ClassFileImporter().importPath(folder);
        }
        assertThat(classes).as("classes in %s", folder.toAbsolutePath()).isNotEmpty();
        return classes;
    }

    /** The class files, for properties that ArchUnit does not read. */
    List<Path> classFiles() {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".class")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the classes of a module in " + folder.toAbsolutePath(), e);
        }
    }
}

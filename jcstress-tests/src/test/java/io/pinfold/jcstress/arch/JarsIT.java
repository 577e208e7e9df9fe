package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** A published jar does not depend on the time, the place and the JDK of its build. */
class JarsIT {
    private static final String SHAPE = "io/pinfold/core/geometry/TableShape.class";

    @Test
    void jarsDoNotTellWhoBuiltThem() throws IOException {
        for (String module : new String[]{"core", "fastpath", "hw-model"}) {
            for (Path file : jars(Path.of("..", module, "target"))) {
                try (JarFile jar = new JarFile(file.toFile())) {
                    assertThat(jar.getManifest().getMainAttributes().keySet()).as("manifest of %s", file)
                            .extracting(Object::toString)
                            .isSubsetOf("Manifest-Version", "Automatic-Module-Name", "Enable-Native-Access",
                                    "Main-Class");
                    assertThat(jar.stream().map(ZipEntry::getTimeLocal).distinct()).as("times in %s", file).hasSize(1);
                }
            }
        }
    }

    @Test
    void coreAndFastpathAreModulesAndTheModelHasAName() throws IOException {
        for (String module : new String[]{"core", "fastpath", "hw-model"}) {
            Path jar = jars(Path.of("..", module, "target")).getFirst();
            ModuleDescriptor found = ModuleFinder.of(jar).findAll().iterator().next().descriptor();
            assertThat(found.name()).isEqualTo("io.pinfold." + module.replace("-", ""));
            assertThat(found.isAutomatic()).as(module).isEqualTo(module.equals("hw-model"));
        }
    }

    /** The race tests walk tables of four entries: the shape of core must not replace it in the jar that runs them. */
    @Test
    void theJarOfTheRaceTestsHoldsTheTinyTableShapeAndNoDescriptor() throws IOException {
        try (JarFile jar = new JarFile("target/jcstress.jar")) {
            assertThat(jar.getEntry("module-info.class")).isNull();
            byte[] held = jar.getInputStream(jar.getEntry(SHAPE)).readAllBytes();
            assertThat(held).isEqualTo(Files.readAllBytes(Path.of("target/classes", SHAPE)))
                    .isNotEqualTo(Files.readAllBytes(Path.of("../core/target/classes", SHAPE)));
        }
    }

    private static List<Path> jars(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> jars = files
                    .filter(file -> file.getFileName().toString().matches("pinfold-[a-z-]+-[0-9.]+(-SNAPSHOT)?\\.jar"))
                    .toList();
            assertThat(jars).as("jars in %s", folder).isNotEmpty();
            return jars;
        }
    }
}

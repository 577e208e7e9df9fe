package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** Nothing in a jar that is published depends on when, where and with which JDK it was built. */
class JarsIT {

    @Test
    void jarsDoNotTellWhoBuiltThem() throws IOException {
        for (String module : new String[]{"core", "fastpath", "hw-model"}) {
            for (Path file : jars(Path.of("..", module, "target"))) {
                try (JarFile jar = new JarFile(file.toFile())) {
                    assertThat(jar.getManifest().getMainAttributes().keySet()).as("manifest of %s", file)
                            .extracting(Object::toString)
                            .contains("Automatic-Module-Name", "Enable-Native-Access")
                            .isSubsetOf("Manifest-Version", "Automatic-Module-Name", "Enable-Native-Access",
                                    "Main-Class");
                    assertThat(jar.stream().map(ZipEntry::getTimeLocal).distinct()).as("times in %s", file).hasSize(1);
                }
            }
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

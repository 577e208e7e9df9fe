package io.pinfold.core.words;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that refuses native access: the first call says which option it takes. */
class NativeAccessTest {
    @TempDir
    private Path folder;

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void aRefusalNamesTheOption() throws Exception {
        Path output = folder.resolve("output");
        Process child = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--illegal-native-access=deny", "-cp", System.getProperty("java.class.path"), Opens.class.getName()))
                .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            child.waitFor();
            String said = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(said).contains("IllegalStateException").contains("--enable-native-access=ALL-UNNAMED")
                    .doesNotContain("InInitializerError").doesNotContain("NoClassDefFoundError");
        } finally {
            child.destroyForcibly();
        }
    }

    /** Opens a memory, twice: what failed once must not be broken for ever in another way. */
    static final class Opens {
        private Opens() {
        }

        public static void main(String[] args) {
            try {
                PhysicalMemory.open(MemoryOptions.ofRam(16L << 20)).close();
            } catch (IllegalStateException e) {
                PhysicalMemory.open(MemoryOptions.ofRam(16L << 20)).close();
            }
        }
    }
}

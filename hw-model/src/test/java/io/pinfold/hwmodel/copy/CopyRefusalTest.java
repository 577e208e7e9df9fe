package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job that cannot start reports why, and leaves the target unchanged. */
class CopyRefusalTest {

    private static final long MEMORY = 64L << 20;

    @TempDir
    Path directory;

    private CopyTestFiles files() throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, 5000);
        Files.writeString(files.target, "before");
        return files;
    }

    private static void assertRefused(Path source, Path target, int batch, int rivals, long memory, Lifetime lifetime,
            String... why) {
        assertThatExceptionOfType(CopyRefusedException.class)
                .isThrownBy(
                        () -> CopyTestFiles.run(new CopyOptions(source, target, batch, rivals, memory, lifetime, 1)))
                .satisfies(e -> assertThat(e.getMessage()).contains(why));
    }

    @Test
    void sourcesThatAreNone() throws IOException {
        CopyTestFiles files = files();
        assertRefused(directory.resolve("absent"), files.target, 1, 0, MEMORY, Lifetime.PIN, "SRC does not exist",
                "absent");
        assertRefused(directory, files.target, 1, 0, MEMORY, Lifetime.PIN, "SRC is a directory", directory.toString());
        if (Files.exists(Path.of("/dev/null"))) {
            assertRefused(Path.of("/dev/null"), files.target, 1, 0, MEMORY, Lifetime.PIN, "SRC is not a regular file");
        }
        assertThat(files.target).hasContent("before");
    }

    @Test
    void targetsThatCannotBe() throws IOException {
        CopyTestFiles files = files();
        assertRefused(files.source, directory, 1, 0, MEMORY, Lifetime.PIN, "DST is a directory");
        assertRefused(files.source, directory.resolve("absent/target"), 1, 0, MEMORY, Lifetime.PIN,
                "directory that does not exist", "absent");
        assertRefused(files.source, files.source, 1, 0, MEMORY, Lifetime.PIN, "same file");
        Path link = Files.createSymbolicLink(directory.resolve("link"), files.source);
        assertRefused(files.source, link, 1, 0, MEMORY, Lifetime.PIN, "same file");
        Path hard = Files.createLink(directory.resolve("hard"), files.source);
        assertRefused(files.source, hard, 1, 0, MEMORY, Lifetime.PIN, "same file");
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("none"));
        assertRefused(dangling, directory.resolve("none"), 1, 0, MEMORY, Lifetime.PIN, "SRC does not exist");
        assertRefused(files.source, directory.resolve("linked/../source/below"), 1, 0, MEMORY, Lifetime.PIN, "DST");
        assertThat(Files.size(files.source)).isEqualTo(5000);
    }

    /** A target that turns out to be none only when it is made: the source was open by then. */
    @Test
    void aTargetThatCannotBeMadeLeavesTheSourceClosed() throws IOException {
        Path place = Path.of("/proc");
        Path open = Path.of("/proc/self/fd");
        assumeTrue(Files.isDirectory(open), "no /proc");
        CopyTestFiles files = files();
        for (int round = 0; round < 3; round++) {
            assertRefused(files.source, place.resolve("target"), 1, 0, MEMORY, Lifetime.PIN, "DST cannot be written");
        }
        try (Stream<Path> all = Files.list(open)) {
            assertThat(all.filter(file -> leadsTo(file, files.source))).isEmpty();
        }
    }

    private static boolean leadsTo(Path link, Path file) {
        try {
            return Files.readSymbolicLink(link).equals(file.toRealPath());
        } catch (IOException e) {
            return false; // closed by now
        }
    }

    @Test
    void numbersThatMakeNoSense() throws IOException {
        CopyTestFiles files = files();
        assertRefused(files.source, files.target, 0, 0, MEMORY, Lifetime.PIN, "batch of 0 pages");
        assertRefused(files.source, files.target, 1 << 20, 0, MEMORY, Lifetime.PIN, "batch of 1048576 pages");
        assertRefused(files.source, files.target, 1, -1, MEMORY, Lifetime.PIN, "-1 rivals");
        assertRefused(files.source, files.target, 1, 1000, MEMORY, Lifetime.PIN, "1000 rivals");
        assertRefused(files.source, files.target, 1, 0, 0, Lifetime.PIN, "memory of 0 bytes");
        assertRefused(files.source, files.target, 1, 0, 5000, Lifetime.PIN, "memory of 5000 bytes");
        assertRefused(files.source, files.target, 1, 0, Long.MAX_VALUE, Lifetime.PIN, "memory of 9223372036854775807");
        assertRefused(files.source, files.target, 1, 0, MEMORY, Lifetime.NONE, "needs rivals");
        assertThat(files.target).hasContent("before");
    }

    @Test
    void memoriesTooSmallForTheBatch() throws IOException {
        CopyTestFiles files = files();
        assertRefused(files.source, files.target, 1024, 0, 8L << 20, Lifetime.PIN, "8388608 bytes is too small",
                "1024 pages");
        assertRefused(files.source, files.target, 600, 1, 8L << 20, Lifetime.LONGTERM, "too small", "1 rivals");
        assertRefused(files.source, files.target, 1, 256, 8L << 20, Lifetime.PIN, "too small", "256 rivals");
        assertThat(files.target).hasContent("before");
    }
}

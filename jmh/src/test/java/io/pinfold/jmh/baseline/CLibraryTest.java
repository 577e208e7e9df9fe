package io.pinfold.jmh.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Compilers that fail in every known way. */
@Timeout(120)
class CLibraryTest {
    @TempDir
    Path directory;

    @Test
    void aCompilerThatIsNotThereIsNamed() {
        assertThat(whyNot("no-such-compiler", Duration.ofMinutes(1))).startsWith("no C baseline: ")
                .contains("no-such-compiler");
    }

    @Test
    void aCompilerThatWritesNothingIsNamedWithWhatItWasAskedFor() throws IOException {
        String compiler = script("echo nothing to do");

        assertThat(whyNot(compiler, Duration.ofMinutes(1))).startsWith("no C baseline: " + compiler)
                .endsWith("libfastgup.so ended with 0 and wrote nothing: nothing to do");
    }

    @Test
    void aFileThatIsNoLibraryIsNamed() throws IOException {
        assertThat(whyNot(script("[ \"$1\" = --version ] && exit; for last; do :; done; echo text > \"$last\""),
                Duration.ofMinutes(1)))
                .startsWith("no C baseline: ").contains("cannot be loaded").contains("libfastgup.so");
    }

    @Test
    void aCompilerThatNeverEndsIsEndedAndNamed() throws IOException {
        String compiler = script("[ \"$1\" = --version ] || exec sleep 86399");

        assertThat(whyNot(compiler, Duration.ofSeconds(2))).startsWith("no C baseline: ").contains(compiler)
                .contains("did not end within 2 s");
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    void filesLeftBesideTheLibraryDoNoHarm() throws IOException {
        assumeTrue(CBaseline.isAvailable(), CBaseline.whyNot());
        CLibrary library = CLibrary.compiled(List.of(script(
                "for last; do :; done; [ \"$1\" = --version ] || echo more > \"$last.map\"; exec cc \"$@\""), "-shared",
                "-fPIC",
                "-std=c11"), Duration.ofMinutes(1));

        assertThat(library.whyNot()).isEmpty();
        assertThat(library.functions()).isNotNull();
    }

    private static String whyNot(String compiler, Duration limit) {
        CLibrary library = CLibrary.compiled(List.of(compiler, "-shared"), limit);
        assertThat(library.functions()).isNull();
        return library.whyNot();
    }

    private String script(String text) throws IOException {
        Path file = directory.resolve("compiler");
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file.toString();
    }
}

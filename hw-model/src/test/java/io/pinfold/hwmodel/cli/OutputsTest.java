package io.pinfold.hwmodel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.condition.OS.LINUX;

import io.pinfold.hwmodel.files.Specials;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Output files of commands: they overwrite no file of another use, and a lost result is always reported. */
@EnabledOnOs(LINUX)
@Timeout(60)
class OutputsTest {

    private static final String[] COPY = {"dma-copy", "SRC", "DST"};

    @TempDir
    Path directory;

    private byte[] content;
    private Path source;
    private Path target;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void write() throws IOException {
        content = new byte[50_000];
        new Random(1).nextBytes(content);
        source = Files.write(directory.resolve("source"), content);
        target = directory.resolve("target");
    }

    /** Output streams that fail: a full disk, or a pipe without a reader. */
    private static final OutputStream FULL = new OutputStream() {
        @Override
        public void write(int b) throws IOException {
            throw new IOException("No space left on device");
        }
    };

    private int pinfold(OutputStream stdout, String... args) {
        String[] named = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            named[i] = args[i].equals("SRC") ? source.toString() : args[i].equals("DST") ? target.toString() : args[i];
        }
        out.reset();
        err.reset();
        return Main.run(stdout, err, named);
    }

    private void assertRefused(String why, String... args) {
        assertThat(pinfold(out, args)).as(err.toString(StandardCharsets.UTF_8)).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(why).doesNotContain("\tat ");
        assertThat(out.size()).isZero();
        assertThat(source).hasBinaryContent(content);
    }

    private void assertJsonRefused(String why, Path json) {
        assertRefused(why, "dma-copy", "SRC", "DST", "--json=" + json);
    }

    @Test
    void theSourceIsNotOverwrittenByAResult() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("source"));
        Path hard = Files.createLink(directory.resolve("hard"), source);
        Path roundabout = Files.createDirectory(directory.resolve("sub")).resolve("../source");
        for (Path json : new Path[]{source, link, hard, roundabout}) {
            assertJsonRefused("and SRC=" + source + " are the same file", json);
            assertThat(target).doesNotExist();
        }
    }

    @Test
    void theTargetIsNotOverwrittenByAResult() throws IOException {
        Path roundabout = Files.createDirectory(directory.resolve("sub")).resolve("../target");
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("target"));
        for (Path json : new Path[]{target, roundabout, link}) {
            assertJsonRefused("and DST=" + target + " are the same file", json);
            assertThat(target).doesNotExist();
        }
        Files.writeString(target, "before");
        Path hard = Files.createLink(directory.resolve("hard"), target);
        for (Path json : new Path[]{target, roundabout, link, hard}) {
            assertJsonRefused("and DST=" + target + " are the same file", json);
            assertThat(target).hasContent("before");
        }
    }

    @Test
    void resultsAreNotOneFile() {
        Path file = directory.resolve("result");
        Outputs outputs = new Outputs().output(new OutputFile("--json", file)).output(null)
                .output(new OutputFile("--html", directory.resolve("./result")));
        assertThat(catchThrowable(outputs::check))
                .isInstanceOf(PinfoldCommand.UsageException.class).hasMessageContaining("--html")
                .hasMessageContaining("--json").hasMessageContaining("are the same file");
        new Outputs().output(new OutputFile("--json", Path.of("/dev/null")))
                .output(new OutputFile("--html", Path.of("/dev/null"))).check();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dma-copy SRC DST", "gup-test -m 4", "conformance --only register-8 --traces 0"})
    void placesThatCannotBeAreToldBeforeTheJob(String command) {
        String[] args = (command + " --json=" + directory.resolve("absent/result.json")).split(" ");
        assertRefused("absent", args);
        args[args.length - 1] = "--json=" + directory;
        assertRefused("is a directory", args);
        args[args.length - 1] = "--json=" + directory.resolve("a\ufffdb");
        assertRefused("cannot spell this file name", args);
        assertThat(target).doesNotExist();
    }

    @Test
    void aNameThatTheLocaleCannotSpellIsToldAsThat() {
        assertRefused("cannot spell this file name", "dma-copy", directory.resolve("a\ufffdb").toString(), "DST");
        assertRefused("cannot spell this file name", "dma-copy", "SRC", directory.resolve("a\ufffdb").toString());
        assertRefused("SRC does not exist", "dma-copy", directory.resolve("absent").toString(), "DST");
    }

    @Test
    void aTargetThatIsNoFileIsRefused() throws IOException {
        Path fifo = Specials.fifo(directory);
        assertRefused("DST is not a regular file: " + fifo, "dma-copy", "SRC", fifo.toString());
        assertRefused("SRC is not a regular file: " + fifo, "dma-copy", fifo.toString(), "DST");
        Path full = Specials.full(directory);
        assertRefused("DST is not a regular file: " + full, "dma-copy", "SRC", full.toString());
        assertThat(directory).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void aResultThatDoesNotFitIsNoSuccess() throws IOException {
        Path full = Specials.full(directory);
        String[][] commands = {COPY, {"gup-test", "-m", "4"},
                {"conformance", "--only", "vmsplice-stale", "--traces", "0"}};
        for (String[] command : commands) {
            String[] args = Arrays.copyOf(command, command.length + 1);
            args[command.length] = "--json=" + full;
            assertThat(pinfold(out, args)).as(command[0]).isEqualTo(1);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .contains("--json=" + full + " cannot be written: No space left on device").doesNotContain("\tat ");
            assertThat(out.size()).as("the table of %s", command[0]).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version", "dma-copy --help", "dma-copy SRC DST", "dma-copy SRC DST --json",
            "gup-test -m 4", "gup-test --help", "gup-test -m 4 --json", "conformance --help",
            "conformance --only vmsplice-stale --traces 0", "conformance --only vmsplice-stale --traces 0 --json"})
    void standardOutputThatTakesNothingIsNoSuccess(String command) {
        assertThat(pinfold(FULL, command.split(" "))).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("the result cannot be written to standard output: No space left on device")
                .doesNotContain("\tat ");
        assertThat(pinfold(out, command.split(" "))).isZero();
    }

    @Test
    void aResultReplacesItsPredecessorInOneStep() throws IOException {
        Path json = Files.writeString(directory.resolve("result.json"), "before");
        assertThat(pinfold(out, "dma-copy", "SRC", "DST", "--json=" + json)).isZero();
        assertThat(Json.readObject(Files.readString(json))).containsEntry("bytes", (long) content.length);
        assertThat(directory).isDirectoryNotContaining("glob:**.part");
        assertThat(target).hasBinaryContent(content);
    }
}

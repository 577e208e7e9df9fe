package io.pinfold.hwmodel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(60)
class DmaCopyCommandTest {

    private static final int BYTES = 1_000_000;

    @TempDir
    Path directory;

    private Path source;
    private Path target;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void write() throws IOException {
        byte[] content = new byte[BYTES];
        new Random(1).nextBytes(content);
        source = Files.write(directory.resolve("source"), content);
        target = directory.resolve("target");
    }

    private int pinfold(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(JsonTarget.prepare(args));
    }

    private int copy(String... more) {
        String[] args = new String[more.length + 3];
        args[0] = "dma-copy";
        args[1] = source.toString();
        args[2] = target.toString();
        System.arraycopy(more, 0, args, 3, more.length);
        return pinfold(args);
    }

    @Test
    void aTableOnStandardOutputAndProseOnStandardError() throws IOException {
        assertThat(copy("--rivals", "2", "--seed", "5", "--memory", "64M")).isZero();
        assertThat(out.toString()).contains("1,000,000 in ").contains("245 pages")
                .contains("audit                      clean");
        assertThat(err.toString()).contains("seed 5").contains("real: the files").contains("modelled: the DMA device")
                .doesNotContain("%");
        assertThat(Files.mismatch(source, target)).isEqualTo(-1);
    }

    @Test
    void jsonAloneOnStandardOutputInTheAgreedShape() {
        assertThat(pinfold("dma-copy", "--json", source.toString(), target.toString(), "--rivals", "2")).isZero();
        Map<String, Object> json = Json.readObject(out.toString());
        assertThat(json.keySet().stream().limit(9)).containsExactly("bytes", "seconds", "pins", "fast", "rollbacks",
                "takenAwayWhilePinned", "framesReused", "staleDma", "audit");
        assertThat(json).containsEntry("bytes", (long) BYTES).containsEntry("staleDma", 0L)
                .containsEntry("takenAwayWhilePinned", 245L).containsEntry("lifetime", "pin");
        assertThat((Double) json.get("seconds")).isPositive();
        assertThat(names(json.get("pins"))).isEqualTo(Set.of("acquired", "released"));
        assertThat(names(json.get("fast"))).isEqualTo(Set.of("hits", "fallbacks"));
        assertThat(json.get("rollbacks")).isInstanceOf(Map.class);
        assertThat(json.get("audit")).isEqualTo(Map.of("clean", true, "findings", List.of()));
    }

    private static Set<?> names(Object object) {
        return ((Map<?, ?>) object).keySet();
    }

    @Test
    void jsonIntoAFileLeavesTheTable() throws IOException {
        Path result = directory.resolve("result.json");
        assertThat(copy("--json=" + result)).isZero();
        assertThat(out.toString()).contains("audit                      clean");
        assertThat(Json.readObject(Files.readString(result))).containsEntry("bytes", (long) BYTES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pin", "longterm", "get", "PIN"})
    void everyLifetimeThatHolds(String lifetime) {
        assertThat(copy("--lifetime", lifetime, "--rivals", "1", "--memory", "64M")).as(err.toString()).isZero();
    }

    @Test
    @Tag("unchecked") // touches freed frames, to show what a pin is for
    void lifetimeNoneExitsWithOneAndCountsStaleTransfers() {
        assertThat(copy("--lifetime", "none", "--rivals", "2", "--json")).isEqualTo(1);
        Map<String, Object> json = Json.readObject(out.toString());
        assertThat((Long) json.get("staleDma")).isPositive();
        assertThat(json.get("audit").toString()).contains("clean=false").contains("stale-dma: ");
        assertThat(err.toString()).contains("the audit found: stale-dma");
    }

    @Test
    void anEmptyFileWithRivalsIsNoRace() throws IOException {
        Files.write(source, new byte[0]);
        assertThat(copy("--rivals", "2")).isEqualTo(1);
        assertThat(err.toString()).contains("no race happened").contains("SRC is empty");
        assertThat(copy()).isZero();
        assertThat(target).isEmptyFile();
    }

    @Test
    void wrongUsageExitsWithTwoAndPointsToTheHelp() {
        assertUsage("Which command?");
        assertUsage("dma-kopy", "dma-kopy");
        assertUsage("Missing required parameter", "dma-copy", source.toString());
        assertUsage("SRC does not exist", "dma-copy", directory.resolve("absent").toString(), target.toString());
        assertUsage("SRC is a directory", "dma-copy", directory.toString(), target.toString());
        assertUsage("same file", "dma-copy", source.toString(), source.toString());
        assertUsage("needs rivals", "dma-copy", source.toString(), target.toString(), "--lifetime", "none");
        assertUsage("'many'", "dma-copy", source.toString(), target.toString(), "--rivals", "many");
        assertUsage("'forever'", "dma-copy", source.toString(), target.toString(), "--lifetime", "forever");
        assertUsage("12X", "dma-copy", source.toString(), target.toString(), "--memory", "12X");
        assertUsage("4194304", "dma-copy", source.toString(), target.toString(), "--memory", "5000");
        assertUsage("too small", "dma-copy", source.toString(), target.toString(), "--memory", "8M", "--batch", "5000");
        assertThat(target).doesNotExist();
    }

    private void assertUsage(String why, String... args) {
        assertThat(pinfold(args)).as(List.of(args).toString()).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains(why).contains("--help'.").doesNotContain("\tat ");
    }

    @Test
    void theHelpTeaches() {
        assertThat(pinfold("dma-copy", "--help")).isZero();
        assertThat(out.toString()).contains("--lifetime").contains("--rivals").contains("taken away")
                .contains("stale DMA")
                .contains("Exit codes");
        assertThat(pinfold("--help")).isZero();
        assertThat(out.toString()).contains("dma-copy");
    }

    @Test
    void sizesAsPeopleWriteThem() {
        assertThat(Sizes.parse("4096")).isEqualTo(4096);
        assertThat(Sizes.parse("64K")).isEqualTo(64 << 10);
        assertThat(Sizes.parse("256m")).isEqualTo(256 << 20);
        assertThat(Sizes.parse("4G")).isEqualTo(4L << 30);
        assertThat(Sizes.text(4L << 30)).isEqualTo("4G");
        assertThat(Sizes.text(1536 << 10)).isEqualTo("1536K");
        for (String wrong : new String[]{"", "K", "-1", "1.5G", "9999999999999G", "99999999999999999999"}) {
            assertThatExceptionOfType(CommandLine.TypeConversionException.class)
                    .as(wrong).isThrownBy(() -> Sizes.parse(wrong)).withMessageContaining("'" + wrong + "'");
        }
    }
}

package io.pinfold.hwmodel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.hwmodel.guptest.GupCall;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@Timeout(60)
class GupTestCommandTest {

    private static final long PAGES = 256;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int pinfold(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(JsonTarget.prepare(args));
    }

    /** A range of 1 MB. */
    private int gupTest(String... more) {
        List<String> args = new ArrayList<>(List.of("gup-test", "-m", "1"));
        args.addAll(Arrays.asList(more));
        return pinfold(args.toArray(String[]::new));
    }

    private Map<String, Object> json(String... more) {
        List<String> args = new ArrayList<>(Arrays.asList(more));
        args.add("--json");
        assertThat(gupTest(args.toArray(String[]::new))).as("%s%n%s", out, err).isZero();
        return Json.readObject(out.toString());
    }

    private static Map<?, ?> object(Object value) {
        return (Map<?, ?>) value;
    }

    private static List<?> list(Object value) {
        return (List<?>) value;
    }

    @ParameterizedTest
    @CsvSource({"-u,GUP_FAST_BENCHMARK,0", "-a,PIN_FAST_BENCHMARK,256", "-U,GUP_BASIC_TEST,0",
            "-b,PIN_BASIC_TEST,256", "-L,PIN_LONGTERM_BENCHMARK,256"})
    void everyLetterOfACall(String letter, GupCall call, long pins) {
        Map<String, Object> json = json(letter, "-n", "7");
        assertThat(list(json.get("runs"))).singleElement().satisfies(run -> {
            assertThat(object(run).get("call")).isEqualTo(call.name());
            assertThat(object(run).get("pages")).isEqualTo(PAGES);
            assertThat(object(run).get("calls")).isEqualTo(37L);
            assertThat(object(run).get("truncated")).isEqualTo(false);
            assertThat((Double) object(run).get("getNsPerPage")).isPositive();
            assertThat((Double) object(run).get("putNsPerPage")).isPositive();
        });
        assertThat(json.get("pins")).isEqualTo(Map.of("acquired", pins, "released", pins));
        assertThat(json.get("checks")).isEqualTo(Map.of("clean", true, "findings", List.of()));
    }

    @Test
    void theKernelsLineForEveryRunAndATable() {
        assertThat(gupTest("-r", "3", "-j", "2", "-u", "-L")).isZero();
        assertThat(out.toString().lines().filter(line -> line.matches(
                "(GUP_FAST_BENCHMARK|PIN_LONGTERM_BENCHMARK): Time: get:\\d+ put:\\d+ us"))).hasSize(2 * 3 * 2);
        assertThat(out.toString()).contains("ns per page").contains("every page as it must be")
                .contains("pins       1,536 acquired, 1,536 released");
        assertThat(err.toString()).contains("256 pages (1 MB, private), 1 per call, 2 thread(s), 3 run(s), flags 0x1")
                .contains("real: ").contains("modelled: ");
    }

    @Test
    void jsonAloneOnStandardOutput() {
        Map<String, Object> json = json();
        assertThat(json.keySet()).containsExactly("megabytes", "pages", "pagesPerCall", "repeats", "threads", "flags",
                "hugePages", "hugetlb", "shared", "pretouch", "extents", "runs", "dump", "pins", "fast", "rollbacks",
                "checks");
        assertThat(json).containsEntry("pages", PAGES).containsEntry("pagesPerCall", 1L)
                .containsEntry("flags", 1L).containsEntry("pretouch", true).containsEntry("hugePages", "default");
        assertThat(object(json.get("fast")).get("hits")).isEqualTo(PAGES);
        assertThat(object(list(json.get("runs")).getFirst()).keySet().toArray()).containsExactly("call", "repeat",
                "thread", "pages", "calls", "getMicros", "putMicros", "getNsPerPage", "putNsPerPage", "truncated",
                "errno");
    }

    @Test
    void jsonIntoAFileLeavesTheTable(@TempDir Path directory) throws IOException {
        Path result = directory.resolve("result.json");
        assertThat(gupTest("--json=" + result)).isZero();
        assertThat(out.toString()).contains("GUP_FAST_BENCHMARK: Time: get:");
        assertThat(Json.readObject(Files.readString(result))).containsEntry("pages", PAGES);
    }

    @Test
    void untouchedPagesAreFaultedInByTheFirstRun() {
        Map<String, Object> json = json("-z", "-a", "-n", "64", "-r", "2");
        assertThat(object(json.get("fast")).get("hits")).as("the second run alone").isEqualTo(PAGES);
        assertThat(object(object(json.get("fast")).get("fallbacks")).get("NONE_PRESENT")).isEqualTo(4L);
        assertThat(json).containsEntry("pretouch", false);
    }

    @Test
    void readAccessToUntouchedPagesHoldsTheZeroPage() {
        Map<String, Object> json = json("-z", "-W", "-U", "-c", "0", "255");
        assertThat(json).containsEntry("flags", 0L);
        assertThat(list(json.get("dump"))).hasSize(2)
                .allSatisfy(page -> assertThat(object(page).get("type")).isEqualTo("RESERVED"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-u", "-a", "-U", "-b", "-L"})
    void everyCallAnswersExtentsToo(String letter) {
        Map<String, Object> json = json(letter, "--extents", "-n", "100", "-c", "0", "255");
        assertThat(json).containsEntry("extents", true);
        assertThat(list(json.get("dump"))).hasSize(2);
        assertThat(list(json.get("runs"))).singleElement()
                .satisfies(run -> assertThat(object(run).get("pages")).isEqualTo(PAGES));
    }

    @ParameterizedTest
    @CsvSource({"-t,9", "-T,0", "-H,9", "-HS,9", "-tS,0"})
    void hugePagesArePinnedAsWholes(String letters, long order) {
        assertThat(pinfold("gup-test", "-m", "4", letters, "-a", "-b", "-L", "-n", "300", "-j", "2", "-c", "0", "512",
                "--json")).as("%s", err).isZero();
        Map<String, Object> json = Json.readObject(out.toString());
        assertThat(json.get("pins")).isEqualTo(Map.of("acquired", 6144L, "released", 6144L));
        assertThat(list(json.get("dump"))).hasSize(6).allSatisfy(page -> {
            assertThat(object(page).get("order")).isEqualTo(order);
            assertThat(object(page).get("pinCount")).isEqualTo(order == 0 ? 0L : 1024L);
        });
    }

    @Test
    void sharedMemory() {
        assertThat(json("-S", "-b", "-c")).containsEntry("shared", true);
    }

    @Test
    void aDumpTellsEverythingAboutThePagesHeld() {
        assertThat(gupTest("-c", "-F", "0x1", "0", "19", "0x1f")).isZero();
        assertThat(out.toString()).containsPattern(
                "---- page #0, starting from user virt addr: 0x[0-9a-f]+ \\(GUP_BASIC_TEST\\)\npage \\d+: USER")
                .contains("---- page #19,").contains("---- page #31,").contains(" ref 2 pin 0 map 1 ");
        Map<String, Object> json = json("-c", "-b", "-a");
        assertThat(list(json.get("dump"))).hasSize(2).allSatisfy(page -> {
            assertThat(object(page).get("index")).isEqualTo(0L);
            assertThat(object(page).get("refCount")).isEqualTo(1025L);
        });
    }

    @Test
    void flagsGoToTheCallsAsTheyAre() {
        assertThat(json("-a", "-F", "0x10000")).containsEntry("flags", 0x10001L);
        assertThat(json("-a", "-W", "-F", "65536")).containsEntry("flags", 0x10000L);
        assertThat(gupTest("-a", "-F", "0x40000")).as("FOLL_PIN is internal").isEqualTo(1);
        assertThat(out.toString()).contains("PIN_FAST_BENCHMARK: Time: get:").contains(", truncated (size: 0)")
                .contains("call 1 ended at page 0 of 256").contains("EINVAL");
    }

    @Test
    void aRunStopsAtTheFirstShortCallAndSaysSo() {
        // FOLL_NOFAULT, and nothing is there.
        assertThat(gupTest("-z", "-F", "0x80", "-r", "2", "-n", "5", "--json")).isEqualTo(1);
        Map<String, Object> json = Json.readObject(out.toString()); // without a page there is no time
        assertThat(list(json.get("runs"))).hasSize(2).allSatisfy(run -> {
            assertThat(object(run).get("calls")).isEqualTo(1L);
            assertThat(object(run).get("pages")).isEqualTo(0L);
            assertThat(object(run).get("truncated")).isEqualTo(true);
            assertThat(object(run).get("errno")).isEqualTo((long) Errno.EFAULT);
        });
        assertThat(err.toString()).contains("short-call").contains("run 1: call 1 ended at page 0 of 256")
                .contains("EFAULT");
    }

    @Test
    void wrongUsageExitsWithTwoAndPointsToTheHelp() {
        assertUsage("0 MB", "gup-test", "-m", "0");
        assertUsage("65537 MB", "gup-test", "-m", "65537");
        assertUsage("'many'", "gup-test", "-m", "many");
        assertUsage("0 repeats", "gup-test", "-r", "0");
        assertUsage("-1 pages per call", "gup-test", "-n", "-1");
        assertUsage("0 threads", "gup-test", "-j", "0");
        assertUsage("65 threads", "gup-test", "-j", "65");
        assertUsage("mutually exclusive", "gup-test", "-w", "-W");
        assertUsage("mutually exclusive", "gup-test", "-t", "-T");
        assertUsage("mutually exclusive", "gup-test", "-p", "-z");
        assertUsage("0x100000000", "gup-test", "-F", "0x100000000");
        assertUsage("'write'", "gup-test", "-F", "write");
        assertUsage("are for -c", "gup-test", "19");
        assertUsage("'page'", "gup-test", "-c", "page");
        assertUsage("no page 256", "gup-test", "-m", "1", "-c", "256");
        assertUsage("no page -1", "gup-test", "-c", "--", "-1");
        assertUsage("9 pages to dump", "gup-test", "-c", "0", "1", "2", "3", "4", "5", "6", "7", "8");
        assertUsage("no whole number of hugetlb pages", "gup-test", "-m", "1", "-H");
        assertUsage("no advice", "gup-test", "-H", "-t");
        assertUsage("-x", "gup-test", "-x");
    }

    private void assertUsage(String why, String... args) {
        assertThat(pinfold(args)).as("%s%n%s", List.of(args), err).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains(why).contains("--help'.").doesNotContain("\tat ");
    }

    @Test
    void theHelpNamesEveryLetter() {
        assertThat(pinfold("gup-test", "--help")).isZero();
        for (String letter : "u a U b L m r n j w W F t T H S p z c".split(" ")) {
            assertThat(out.toString()).containsPattern("(?m)^ +-" + letter + "[ =]");
        }
        assertThat(pinfold("--help")).isZero();
        assertThat(out.toString()).contains("gup-test");
    }
}

package io.pinfold.hwmodel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.conformance.ConformanceReport;
import io.pinfold.hwmodel.conformance.Row;
import io.pinfold.hwmodel.conformance.Row.Verdict;
import io.pinfold.hwmodel.conformance.TraceDifference;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

@Timeout(60)
class ConformanceCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int pinfold(String... args) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(JsonTarget.prepare(args));
    }

    private static final ConformanceReport REPORT = new ConformanceReport("Linux 6.18",
            List.of(new Row("register-8", Verdict.AGREE, "+8/0", "+8/0", "+8/0", false, ""),
                    new Row("register-thp", Verdict.DIFFER, "+512/+511", "+512/+511", "+512/0", true, "merged"),
                    new Row("fork", Verdict.SKIPPED, "copied", null, null, false, "needs fork")),
            5, 2, 60, "", List.of(new TraceDifference(6, List.of("load page 0"), List.of("A"), List.of("B"))));

    @Test
    void theJsonHasWhatProgramsRead() {
        Map<String, Object> json = Json.readObject(ConformanceTable.json(REPORT).toString());
        assertThat(json.get("kernel")).isEqualTo("Linux 6.18");
        assertThat((List<?>) json.get("rows")).hasSize(3).first()
                .isEqualTo(Map.of("id", "register-8", "verdict", "agree", "expected", "+8/0", "kernel", "+8/0",
                        "library", "+8/0", "explained", false, "why", ""));
        assertThat(json).containsEntry("agree", 1L).containsEntry("differ", 1L).containsEntry("skipped", 1L)
                .containsEntry("unexplained", 0L);
        assertThat(((Map<?, ?>) json.get("traces")).get("differing").toString()).contains("seed=6");
    }

    @Test
    void theTableSaysWhatDiffersAndHowToPlayItAgain() {
        ConformanceTable.print(REPORT, new PrintWriter(out));
        assertThat(out.toString()).contains("register-8", "agree    +8/0").contains("library +512/0").contains("merged")
                .contains("needs fork").contains("Linux 6.18: 1 rows agree, 1 differ (0 unexplained), 1 skipped")
                .contains("--only traces --traces 1 --seed 6").contains("! load page 0: kernel A | library B");
    }

    @Test
    void aRowIsPlayedWhereTheSystemLetsUsAndSkippedElsewhere() {
        assertThat(pinfold("conformance", "--only", "vmsplice-stale", "--traces", "0", "--json")).as("%s", err)
                .isZero();
        Map<String, Object> json = Json.readObject(out.toString());
        assertThat((List<?>) json.get("rows")).singleElement()
                .satisfies(row -> assertThat(((Map<?, ?>) row).get("verdict")).isIn("agree", "skipped"));
        assertThat(err.toString()).contains("conformance: ").contains("real: ");
    }

    @Test
    void wrongUsageIsTold() {
        assertThat(pinfold("conformance", "--only", "register-9")).isEqualTo(2);
        assertThat(err.toString()).contains("register-9").contains("register-8");
        assertThat(pinfold("conformance", "--traces", "-1")).isEqualTo(2);
    }
}

package io.pinfold.jmh.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.cli.Progress;
import io.pinfold.hwmodel.cli.Provenance;
import io.pinfold.jmh.bench.Comparison.Verdict;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Turns, missing rows and the report of a comparison, with invented figures. */
class AgainstTest {
    private static final Machine MACHINE = new Machine(
            new Provenance("unknown", "2026-01-02", "a processor", 2, "Linux", "a VM"), "cc", "membarrier", 0.5);

    private final List<String> calls = new ArrayList<>();
    private final StringWriter err = new StringWriter();

    private Against.Meter meter(String side, double cost) {
        return (group, rounds, seed) -> {
            calls.add(side + " " + group + " " + rounds + " " + seed);
            return group.ids().stream().map(id -> new Figure(id, 100, cost, cost, cost, Yardstick.NETTY, "")).toList();
        };
    }

    private static Against.Meter without(String why) {
        return (group, rounds, seed) -> group.ids().stream().map(id -> Figure.notMeasured(id, why)).toList();
    }

    private List<Comparison> measure(int jvms, Against.Meter here, Against.Meter other) throws InterruptedException {
        return Against.measure(List.of(Group.ORDER0_1), 9, 40, jvms, here, other,
                new Progress(new PrintWriter(err, true), "JVMs of each side", jvms));
    }

    @Test
    void theSidesTakeTurnsInWhoIsFirstAndBothGetTheSameSeed() throws InterruptedException {
        List<Comparison> rows = measure(3, meter("here", 2), meter("other", 1));

        assertThat(calls).containsExactly("other ORDER0_1 9 40", "here ORDER0_1 9 40", "here ORDER0_1 9 41",
                "other ORDER0_1 9 41", "other ORDER0_1 9 42", "here ORDER0_1 9 42");
        assertThat(rows).extracting(Comparison::id).containsExactly("order0.get.1", "order0.pin.1");
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.here()).containsExactly(2.0, 2.0, 2.0);
            assertThat(row.other()).containsExactly(1.0, 1.0, 1.0);
            assertThat(row.verdict()).isEqualTo(Verdict.WORSE);
        });
    }

    @Test
    void rowsThatTheOtherCommitLacksAreNotThereAndNobodyTriesFiveTimes() throws InterruptedException {
        List<Comparison> rows = measure(5, meter("here", 2), without(Figure.NOT_THERE + "Foo.bar()"));

        assertThat(calls).hasSize(1);
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.verdict()).isEqualTo(Verdict.NOT_THERE);
            assertThat(row.note()).isEqualTo("the other commit: not there: Foo.bar()");
        });
    }

    @Test
    void rowsThatThisTreeLostAreFound() throws InterruptedException {
        AgainstReport report = report(measure(5, without("its JVM ended with 1"), meter("other", 2)));

        assertThat(report.found()).hasSize(2);
        assertThat(AgainstReport.verdict(report.found().getFirst()))
                .isEqualTo("order0.get.1 is lost: this tree: its JVM ended with 1");
    }

    @Test
    void theTableAndTheJsonHaveMedianRangeRatioAndVerdict() {
        AgainstReport report = report(List.of(
                new Comparison("handle.pin", "x Netty", List.of(2.5, 2.25, 2.75), List.of(2.0, 1.75, 2.125), ""),
                new Comparison("new.row", "ns", List.of(1.0), List.of(), "the other commit: not there: X")));
        StringWriter table = new StringWriter();
        report.print(new PrintWriter(table, true));

        assertThat(table.toString()).contains("aaaa+ against bbbb: 3 JVMs of each")
                .containsPattern(
                        "handle.pin +2.000 \\(1.750 - 2.125\\) +2.500 \\(2.250 - 2.750\\) +1.250  worse +x Netty")
                .containsPattern("new.row +- +1.000 \\(1.000 - 1.000\\) +not there +the other commit: not there: X");
        assertThat(report.json().toString()).contains("\"here\":\"aaaa+\",\"other\":\"bbbb\",\"jvms\":3")
                .contains("{\"id\":\"handle.pin\",\"costsAre\":\"x Netty\",\"here\":[2.5,2.25,2.75],"
                        + "\"other\":[2.0,1.75,2.125],\"ratio\":1.25,\"verdict\":\"worse\"}")
                .contains("\"verdict\":\"not there\",\"note\":\"the other commit: not there: X\"}");
        assertThat(AgainstReport.verdict(report.found().getFirst()))
                .isEqualTo("handle.pin is worse: 1.250 times, limit 1.03, and the ranges do not overlap");
    }

    private static AgainstReport report(List<Comparison> rows) {
        return new AgainstReport(MACHINE, "aaaa+", "bbbb", 3, 9, 40, rows);
    }
}

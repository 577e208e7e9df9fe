package io.pinfold.jmh.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.cli.Provenance;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The report's words for rows that meet their bar, miss it, are noisy or could not be measured. */
class ReportTest {
    private static final Machine MACHINE = new Machine(
            new Provenance("unknown", "2026-01-02", "a <processor>", 2, "Linux", "a VM"), "cc", "membarrier", 0.5);

    private static Figure figure(String id, double ratio, String ratioTo, String note) {
        return new Figure(id, 7, ratio, ratio - 0.25, ratio + 0.25, ratioTo, note);
    }

    private static Row row(String id, double... ratios) {
        return Summary.of(java.util.Arrays.stream(ratios).mapToObj(ratio -> figure(id, ratio, Row.C, "")).toList());
    }

    private static Report report(Row... rows) {
        return new Report(MACHINE, 3, 200, 1, List.of(rows));
    }

    @Test
    void aRowIsTheMedianOfItsRunsAndItsSpreadTheirRange() {
        Row row = row("order0.get.512", 1.04, 0.9, 1.3);

        assertThat(row.ratio()).isEqualTo(1.04);
        assertThat(row.low()).isEqualTo(0.9);
        assertThat(row.high()).isEqualTo(1.3);
        assertThat(row.met()).isTrue();
    }

    @Test
    void oneRunHasItsQuartilesForASpread() {
        Row row = row("order0.get.1", 1.75);

        assertThat(row.low()).isEqualTo(1.5);
        assertThat(row.high()).isEqualTo(2.0);
        assertThat(row.met()).isFalse();
    }

    @Test
    void costsMustBeAtMostAndSpeedUpsAtLeastTheBar() {
        assertThat(row("order0.pin.8", 1.30).met()).isTrue();
        assertThat(row("order0.pin.8", 1.31).met()).isFalse();
        assertThat(row("threads.disjoint", 1.9).met()).isTrue();
        assertThat(row("threads.disjoint", 1.89).met()).isFalse();
        assertThat(row("space.1TiB", 9).met()).isNull();
    }

    @Test
    void whatWasNotMeasuredSaysWhyAndIsNoNumber() {
        Row row = Summary.of(List.of(Figure.notMeasured("kernel.vmsplice", "no Linux")));
        Report report = report(row);

        assertThat(report.json().toString()).contains("\"note\":\"not measured: no Linux\"")
                .doesNotContain("nsPerPage");
        assertThat(text(report)).contains("kernel.vmsplice").contains("not measured: no Linux").doesNotContain("NaN");
        assertThat(report.missed()).isEmpty();
        assertThat(new BenchPage(report).text()).contains("not measured").doesNotContain("NaN");
    }

    @Test
    void theJsonHasTheMembersOfTheContract() {
        String json = report(row("order0.get.512", 1.25)).json().toString();

        assertThat(json).startsWith("{\"commit\":\"unknown\",\"date\":\"2026-01-02\",\"machine\":{")
                .contains("{\"id\":\"order0.get.512\",\"nsPerPage\":7.0,"
                        + "\"ratioToC\":1.25,\"spread\":[1.0,1.5],\"bar\":1.05,\"met\":false}");
    }

    @Test
    void missedRowsAreNamed() {
        Report report = report(row("order0.get.512", 1.2), row("order0.pin.512", 1.0));

        assertThat(report.missed()).extracting(Row::id).containsExactly("order0.get.512");
        assertThat(text(report)).contains("MISSED").contains("met");
    }

    @Test
    void thePageStandsAloneAndEscapesWhatItShows() {
        String page = new BenchPage(report(row("order0.get.512", 1.2), row("threads.disjoint", 1.95))).text();

        assertThat(page).startsWith("<!doctype html>").contains("a &lt;processor&gt;")
                .contains("prefers-color-scheme:dark")
                .contains("<svg").doesNotContain("http").doesNotContain("<script");
        assertThat(page.split("<rect", -1)).hasSize(3);
    }

    @Test
    void cTooFarFromTheFloorIsNoise() {
        Row loud = Summary.of(
                List.of(figure("order0.get.512", 1, Row.C,
                        PageRows.FLOOR_NOTE + "9.00 ns, 1.66 of the two-atomics floor")));
        Row quiet = Summary.of(
                List.of(figure("order0.get.512", 1, Row.C,
                        PageRows.FLOOR_NOTE + "9.00 ns, 1.65 of the two-atomics floor")));

        assertThat(Summary.isNoisy(loud)).isTrue();
        assertThat(Summary.isNoisy(quiet)).isFalse();
    }

    @Test
    void aFigureTravelsBetweenJvmsAsOneLine() {
        Figure figure = figure("order0.get.1", 1.5, Row.C, "two\nlines");
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        figure.print(new java.io.PrintStream(bytes, true, java.nio.charset.StandardCharsets.UTF_8));

        assertThat(Figure.parse(bytes.toString(java.nio.charset.StandardCharsets.UTF_8).strip()))
                .contains(figure("order0.get.1", 1.5, Row.C, "two lines"));
        assertThat(Figure.parse("anything else")).isEmpty();
    }

    @Test
    void aPageOfALeafIsComparedWithAnOrderZeroPage() {
        Row pmd = Row.of("pmd.extents.get.512", 0.05, 1, 1, 1, Row.C, "");
        Row order0 = Row.of("order0.get.512", 10, 1, 1, 1, Row.C, "");

        assertThat(Summary.derived(List.of(pmd, order0))).singleElement()
                .satisfies(row -> assertThat(row.met()).isTrue());
        assertThat(Summary.derived(List.of(pmd))).isEmpty();
    }

    private static String text(Report report) {
        StringWriter text = new StringWriter();
        report.print(new PrintWriter(text));
        return text.toString();
    }
}

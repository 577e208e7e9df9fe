package io.pinfold.hwmodel.conformance;

import java.util.List;

/**
 * The result of a conformance job.
 *
 * @param kernel        name and release of the running kernel
 * @param rows          in the order of the scenarios
 * @param seed          of the first random trace; the others follow
 * @param traces        traces played
 * @param steps         steps of those traces
 * @param tracesSkipped why no traces were played; empty if they were, or were not asked for
 * @param differences   traces that showed a difference
 */
public record ConformanceReport(String kernel, List<Row> rows, long seed, int traces, long steps, String tracesSkipped,
        List<TraceDifference> differences) {

    /** Copies the lists. */
    public ConformanceReport {
        rows = List.copyOf(rows);
        differences = List.copyOf(differences);
    }

    /** The number of rows with a verdict. */
    public long count(Row.Verdict verdict) {
        return rows.stream().filter(row -> row.verdict() == verdict).count();
    }

    /** The number of rows and traces with an unexplained difference. */
    public long findings() {
        return rows.stream().filter(Row::isUnexplained).count() + differences.size();
    }

    /** The exit code: 0 without findings, else 1. */
    public int exitCode() {
        return findings() == 0 ? 0 : 1;
    }
}

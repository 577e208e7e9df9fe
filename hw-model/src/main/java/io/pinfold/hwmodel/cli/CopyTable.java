package io.pinfold.hwmodel.cli;

import io.pinfold.hwmodel.copy.CopyFinding;
import io.pinfold.hwmodel.copy.CopyReport;
import io.pinfold.hwmodel.stats.NamedCounts;
import java.io.PrintWriter;
import java.util.Locale;

/** A copy's report as a text table and as JSON. */
final class CopyTable {

    private CopyTable() {
    }

    static void print(CopyReport report, PrintWriter out) {
        row(out, "bytes", String.format(Locale.ROOT, "%,d in %.3f s (%.0f MB/s), %,d chunks, up to %d in flight",
                report.bytes(), report.seconds(), report.megabytesPerSecond(), report.chunks(), report.windows()));
        row(out, "pins", grouped(report.acquired()) + " acquired, " + grouped(report.released()) + " released"
                + (report.gets() > 0 ? "; " + grouped(report.gets()) + " plain references" : ""));
        row(out, "fast walk",
                grouped(report.fastHits()) + " pages; fallen back: " + NamedCounts.text(report.fallBacks())
                        + "; rolled back: " + NamedCounts.text(report.rollBacks()));
        row(out, "tries again", grouped(report.shortPins()) + " short, " + grouped(report.refusedPins()) + " refused"
                + (report.refusals().isEmpty() ? "" : " (" + NamedCounts.text(report.refusals()) + ")"));
        row(out, "rivals", report.options().rivals() + ": " + grouped(report.rivals().turns()) + " turns, "
                + grouped(report.rivals().raids()) + " raids, " + grouped(report.rivals().churns()) + " churns");
        row(out, "taken away while in flight", grouped(report.takenAwayWhilePinned()) + " pages");
        row(out, "frames reused", grouped(report.framesReused()));
        row(out, "stale DMA", grouped(report.staleDma()) + " transfers");
        row(out, "epochs", grouped(report.epochs()));
        row(out, "audit", report.clean() ? "clean" : report.findings().size() + " finding(s)");
        for (CopyFinding finding : report.findings()) {
            row(out, "", finding.toString());
        }
        out.flush();
    }

    private static void row(PrintWriter out, String name, String text) {
        out.printf(Locale.ROOT, "%-27s%s%n", name, text);
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    static Json json(CopyReport report) {
        return new Json().put("bytes", report.bytes()).put("seconds", report.seconds())
                .put("pins", new Json().put("acquired", report.acquired()).put("released", report.released()))
                .put("fast", new Json().put("hits", report.fastHits()).put("fallbacks", report.fallBacks()))
                .put("rollbacks", report.rollBacks()).put("takenAwayWhilePinned", report.takenAwayWhilePinned())
                .put("framesReused", report.framesReused()).put("staleDma", report.staleDma())
                .put("audit", new Json().put("clean", report.clean()).put("findings",
                        report.findings().stream().map(CopyFinding::toString).toList()))
                .put("mbPerSecond", report.megabytesPerSecond()).put("gets", report.gets())
                .put("chunks", report.chunks()).put("windows", report.windows())
                .put("retries", new Json().put("short", report.shortPins()).put("refused", report.refusals()))
                .put("epochs", report.epochs()).put("framesEverUsed", report.framesEverUsed())
                .put("raceHappened", !report.noRaceHappened() && report.options().rivals() > 0)
                .put("seed", report.options().seed())
                .put("lifetime", report.options().lifetime().name().toLowerCase(Locale.ROOT))
                .put("batch", report.options().batchPages()).put("memory", report.options().memoryBytes())
                .put("rivals", new Json().put("threads", report.options().rivals())
                        .put("turns", report.rivals().turns()).put("raids", report.rivals().raids())
                        .put("churns", report.rivals().churns()).put("faults", report.rivals().faults())
                        .put("outOfMemory", report.rivals().outOfMemory())
                        .put("damagedPages", report.rivals().damagedPages()));
    }
}

package io.pinfold.hwmodel.cli;

import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.page.PageType;
import io.pinfold.hwmodel.guptest.GupCall;
import io.pinfold.hwmodel.guptest.GupFinding;
import io.pinfold.hwmodel.guptest.GupRun;
import io.pinfold.hwmodel.guptest.GupTestOptions;
import io.pinfold.hwmodel.guptest.GupTestReport;
import io.pinfold.hwmodel.stats.NamedCounts;
import io.pinfold.hwmodel.stats.Quantiles;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** A gup-test's report as the kernel's lines, as a text table and as JSON. */
final class GupTestTable {

    /** The least number of runs for which a 99th percentile is shown. */
    private static final int TAIL_RUNS = 100;

    private GupTestTable() {
    }

    /** The test's parameters on one line. */
    static String title(GupTestOptions options) {
        return String.format(Locale.ROOT,
                "%,d pages (%,d MB, %s%s%s), %,d per call%s, %d thread(s), %d run(s), flags 0x%x",
                options.pages(), options.megabytes(), options.shared() ? "shared" : "private",
                options.hugetlb() ? " hugetlb" : "", switch (options.hugePages()) {
                    case DEFAULT -> "";
                    case ALWAYS -> ", huge pages advised";
                    case NEVER -> ", huge pages refused";
                }, options.pagesPerCall(), options.extents() ? " as extents" : "", options.threads(), options.repeats(),
                options.flags());
    }

    static void print(GupTestReport report, PrintWriter out) {
        report.runs().forEach(run -> out.println(line(run)));
        report.dumps().forEach(dump -> dump(dump, out));
        if (!report.runs().isEmpty()) {
            table(report, out);
        }
        out.println("fast walk  " + String.format(Locale.ROOT, "%,d", report.fastHits()) + " pages; fallen back: "
                + NamedCounts.text(report.fallBacks()) + "; rolled back: " + NamedCounts.text(report.rollBacks()));
        out.println(String.format(Locale.ROOT, "pins       %,d acquired, %,d released", report.acquired(),
                report.released()));
        out.println("checks     " + (report.clean() ? "every page as it must be" : report.findings().size()
                + " finding(s)"));
        report.findings().forEach(finding -> out.println("           " + finding));
        out.flush();
    }

    /**
     * The kernel's line, character by character, so that scripts for the kernel's tool can read it. The size is that of
     * the pages obtained.
     */
    static String line(GupRun run) {
        return run.call() + ": Time: get:" + run.getMicros() + " put:" + run.putMicros() + " us"
                + (run.isTruncated() ? ", truncated (size: " + (run.pages() << 12) + ")" : "");
    }

    private static void dump(GupTestReport.Dump dump, PrintWriter out) {
        out.println("---- page #" + dump.index() + ", starting from user virt addr: 0x"
                + Long.toHexString(dump.address()) + " (" + dump.call() + ")");
        out.println(dump.page());
    }

    private static void table(GupTestReport report, PrintWriter out) {
        AlignedTable table = new AlignedTable().left("ns per page").right("runs").right("pages").right("calls")
                .right("get median").right("best").right("p99").right("worst").right("put median").right("best")
                .right("p99").right("worst");
        for (GupCall call : report.options().calls()) {
            List<GupRun> runs = report.runsOf(call);
            List<String> cells = new ArrayList<>(List.of(call.toString(), count(runs.size()),
                    count(sum(runs, GupRun::pages)), count(sum(runs, GupRun::calls))));
            cells.addAll(spread(runs, GupRun::getNanosPerPage));
            cells.addAll(spread(runs, GupRun::putNanosPerPage));
            table.row(cells.toArray(String[]::new));
        }
        out.println();
        table.lines().forEach(out::println);
        out.println();
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static long sum(List<GupRun> runs, ToLongFunction<GupRun> what) {
        return runs.stream().mapToLong(what).sum();
    }

    /** The median, the best run, the 99th percentile if there are enough runs, and the worst run. */
    private static List<String> spread(List<GupRun> runs, ToDoubleFunction<GupRun> what) {
        double[] times = runs.stream().mapToDouble(what).filter(Double::isFinite).toArray();
        if (times.length == 0) {
            return List.of("-", "-", "-", "-");
        }
        return List.of(time(Quantiles.median(times)), time(Arrays.stream(times).min().orElseThrow()),
                times.length < TAIL_RUNS ? "-" : time(Quantiles.of(times, 0.99)),
                time(Arrays.stream(times).max().orElseThrow()));
    }

    private static String time(double nanos) {
        return String.format(Locale.ROOT, "%.2f", nanos);
    }

    static Json json(GupTestReport report) {
        GupTestOptions options = report.options();
        return new Json().put("megabytes", options.megabytes()).put("pages", options.pages())
                .put("pagesPerCall", options.pagesPerCall()).put("repeats", options.repeats())
                .put("threads", options.threads()).put("flags", options.flags())
                .put("hugePages", options.hugePages().name().toLowerCase(Locale.ROOT))
                .put("hugetlb", options.hugetlb()).put("shared", options.shared()).put("pretouch", options.pretouch())
                .put("extents", options.extents())
                .put("runs", report.runs().stream().map(GupTestTable::json).toList())
                .put("dump", report.dumps().stream().map(GupTestTable::json).toList())
                .put("pins", new Json().put("acquired", report.acquired()).put("released", report.released()))
                .put("fast", new Json().put("hits", report.fastHits()).put("fallbacks", report.fallBacks()))
                .put("rollbacks", report.rollBacks())
                .put("checks", new Json().put("clean", report.clean()).put("findings",
                        report.findings().stream().map(GupFinding::toString).toList()));
    }

    private static Json json(GupRun run) {
        return new Json().put("call", run.call().name()).put("repeat", run.repeat()).put("thread", run.thread())
                .put("pages", run.pages()).put("calls", run.calls()).put("getMicros", run.getMicros())
                .put("putMicros", run.putMicros()).put("getNsPerPage", run.getNanosPerPage())
                .put("putNsPerPage", run.putNanosPerPage()).put("truncated", run.isTruncated())
                .put("errno", run.errno());
    }

    private static Json json(GupTestReport.Dump dump) {
        PageInfo page = dump.page();
        return new Json().put("call", dump.call().name()).put("index", dump.index())
                .put("address", "0x" + Long.toHexString(dump.address())).put("pfn", page.pfn())
                .put("type", PageType.nameOf(page.type())).put("flags", "0x" + Long.toHexString(page.flags()))
                .put("head", page.head()).put("order", page.order()).put("refCount", page.refCount())
                .put("pinCount", page.pinCount()).put("mapCount", page.mapCount())
                .put("generation", Integer.toUnsignedLong(page.generation())).put("mapping", "0x"
                        + Long.toHexString(page.mapping()))
                .put("pageIndex", page.index());
    }
}

package io.pinfold.jmh.bench;

import io.pinfold.hwmodel.cli.JsonTarget;
import io.pinfold.hwmodel.cli.OutputFile;
import io.pinfold.hwmodel.cli.Outputs;
import io.pinfold.hwmodel.cli.PinfoldCommand;
import io.pinfold.hwmodel.cli.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code pinfold bench}. */
@Command(name = "bench", mixinStandardHelpOptions = true, sortOptions = false,
        description = {"Measures the fast path against the same algorithm in C, on the same page tables.", "",
                "C is compiled with the system's cc when there is one, and both run in slices of 0.15 ms in random order in one"
                        + " JVM; a ratio is the median of the ratios of each round. Every batch size has JVMs of its own.%n"},
        footer = {"", "Examples:", "  pinfold bench --quick",
                "  pinfold bench --check --json=bench.json --html bench.html",
                "  pinfold bench --only order0.pin --only mixed",
                "  pinfold bench --against HEAD~1 --only handle --only fault", "", "How to read a row:",
                "  ratio    times what C takes (or what the row names), median; below 1 is faster than C",
                "  spread   lowest and highest of the JVM runs; the quartiles with --quick",
                "  bar      what the ratio must reach: at most, or at least where it is marked >=", "",
                "--against builds core and fastpath of a commit and measures this tree's rows on both, JVM by JVM in turns."
                        + " A row is worse if its median is more than 1.03 times the commit's and no JVM of one side was"
                        + " as fast as any of the other.%n",
                "Exit codes: 0 done; 1 with --check, a bar was missed; with --against, a row is worse or lost;"
                        + " 2 wrong usage; 70 the commit does not build."})
public final class BenchCommand implements PinfoldCommand {
    private static final int RUNS = 3;
    private static final int ROUNDS = 300;
    private static final int QUICK_ROUNDS = 60;
    private static final int JVMS = 5;
    private static final int LEAST_JVMS = 2;
    private static final int MOST_JVMS = 99;

    @Option(names = "--quick", description = "One JVM run of 60 rounds instead of three of 300: about a minute.")
    private boolean isQuick;

    @Option(names = "--check", description = "Exit with 1 if a bar is missed.")
    private boolean isCheck;

    @Option(names = "--against", paramLabel = "COMMIT",
            description = "Compare this tree with a commit instead of with C; measures only rows of Pinfold's own.")
    private @Nullable String against;

    @Option(names = "--jvms", paramLabel = "N", description = "With --against: JVMs of each side, 2 to 99 (5).")
    private @Nullable Integer jvms;

    @Option(names = "--html", paramLabel = "FILE", description = "Also write a page with bar charts to FILE.")
    private @Nullable Path html;

    @Option(names = "--only", paramLabel = "PREFIX",
            description = "Only rows whose id begins like this; may be repeated.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--seed", paramLabel = "S", description = "Seed of the orders of the slices (from the clock).")
    private @Nullable Long seed;

    @Mixin
    private JsonTarget json = new JsonTarget();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** For {@link java.util.ServiceLoader}. */
    public BenchCommand() {
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        checkTogether();
        OutputFile page = html == null ? null : new OutputFile("--html", html);
        new Outputs().output(page).output(json.file()).check();
        List<Group> groups = groups();
        Machine machine = Machine.here();
        err.println("bench: " + machine);
        long firstSeed = seed != null ? seed : System.nanoTime();
        if (against != null) {
            return compare(against, groups, machine, firstSeed);
        }
        List<Row> rows = measure(groups, firstSeed, err);
        Report report = new Report(machine, isQuick ? 1 : RUNS, rounds(), firstSeed, rows);
        if (!json.replacesTable()) {
            report.print(out);
        }
        List<Row> missed = report.missed();
        for (Row row : missed) {
            err.println("missed: " + Report.verdict(row));
        }
        err.flush();
        try {
            json.write(report.json(), out);
        } finally { // an output that cannot be written does not keep the other from being written
            if (page != null) {
                page.write(new BenchPage(report).text());
            }
        }
        return isCheck && !missed.isEmpty() ? FOUND : DONE;
    }

    /** Refuses options that make no sense together. */
    private void checkTogether() {
        if (against != null && (isCheck || html != null)) {
            throw new UsageException("--against " + against + " goes without " + (isCheck ? "--check" : "--html"),
                    null);
        }
        if (against == null && jvms != null) {
            throw new UsageException("--jvms " + jvms + " is for --against", null);
        }
        if (jvms != null && (jvms < LEAST_JVMS || jvms > MOST_JVMS)) {
            throw new UsageException("--jvms " + jvms + ": must be " + LEAST_JVMS + " to " + MOST_JVMS, null);
        }
    }

    private int compare(String commit, List<Group> groups, Machine machine, long firstSeed)
            throws IOException, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        PrintWriter out = spec.commandLine().getOut();
        try {
            AgainstReport report = new AgainstRun(commit, jvms != null ? jvms : JVMS, rounds(), firstSeed)
                    .report(groups, this::isWanted, machine, err);
            if (!json.replacesTable()) {
                report.print(out);
            }
            report.found().forEach(row -> err.println(AgainstReport.verdict(row)));
            json.write(report.json(), out);
            return report.found().isEmpty() ? DONE : FOUND;
        } catch (OtherCommit.FailedException e) {
            err.println("bench: " + e.getMessage());
            return NOT_STARTED;
        } finally {
            err.flush();
        }
    }

    private int rounds() {
        return isQuick ? QUICK_ROUNDS : ROUNDS;
    }

    private List<Group> groups() {
        List<Group> groups = Group.all();
        groups.removeIf(group -> against != null && !group.isOurs());
        groups.removeIf(group -> group.ids().stream().noneMatch(this::isWanted));
        if (groups.isEmpty()) {
            throw new UsageException(
                    (against == null ? "no row" : "no row of Pinfold's own") + " begins with "
                            + String.join(" or ", only),
                    new IllegalArgumentException("--only"));
        }
        return groups;
    }

    private boolean isWanted(String id) {
        return only.isEmpty() || only.stream().anyMatch(prefix -> id.startsWith(prefix) || prefix.startsWith(id + "."));
    }

    private List<Row> measure(List<Group> groups, long firstSeed, PrintWriter err) throws InterruptedException {
        List<Row> rows = new ArrayList<>();
        try (Progress progress = new Progress(err, "groups of rows", groups.size())) {
            for (int i = 0; i < groups.size(); i++) {
                Group group = groups.get(i);
                progress.at(i, String.join(", ", group.ids()));
                List<Row> measured = measure(group, firstSeed);
                if (measured.stream().anyMatch(Summary::isNoisy)) {
                    progress.say(String.join(", ", group.ids()) + ": C is more than " + Summary.NOISE_LIMIT
                            + " times the floor: measured again");
                    measured = measure(group, firstSeed + RUNS).stream()
                            .map(row -> Summary.isNoisy(row) ? row.withNote("noisy") : row).toList();
                }
                rows.addAll(measured);
            }
        }
        rows.addAll(Summary.derived(rows));
        rows.removeIf(row -> !isWanted(row.id()));
        return rows;
    }

    private List<Row> measure(Group group, long firstSeed) throws InterruptedException {
        List<List<Figure>> runs = new ArrayList<>();
        for (int run = 0; run < (isQuick ? 1 : RUNS); run++) {
            runs.add(ChildJvm.likeThis().run(group, rounds(), firstSeed + run));
        }
        List<Row> rows = new ArrayList<>();
        for (Figure first : runs.getFirst()) {
            rows.add(Summary.of(runs.stream().flatMap(List::stream).filter(figure -> figure.id().equals(first.id()))
                    .toList()));
        }
        return rows;
    }
}

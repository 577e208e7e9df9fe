package io.pinfold.jcstress.explore.cli;

import io.pinfold.hwmodel.cli.JsonTarget;
import io.pinfold.hwmodel.cli.PinfoldCommand;
import io.pinfold.hwmodel.cli.Progress;
import io.pinfold.hwmodel.cli.Provenance;
import io.pinfold.jcstress.explore.Explore;
import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.scenario.Scenario;
import io.pinfold.jcstress.explore.search.Limits;
import io.pinfold.jcstress.explore.search.Result;
import io.pinfold.jcstress.explore.search.Schedule;
import io.pinfold.jcstress.explore.search.Violation;
import io.pinfold.jcstress.explore.weaken.LoweringResult;
import io.pinfold.jcstress.explore.weaken.Survivors;
import io.pinfold.jcstress.explore.weaken.Weakening;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code pinfold explore}. */
@Command(name = "explore", mixinStandardHelpOptions = true, sortOptions = false,
        description = {"Tries the schedules of protocols in shipping code, under weak memory too.", "",
                "Without SCENARIO all are listed and searched, in all four memory models: each in every schedule where that"
                        + " ends in time, else (capped) in every schedule of at most 3 preemptions and in some by chance. A"
                        + " violation is replayed: one column for each thread, with the ids of the protocol's steps and"
                        + " what each step changed about the page.%n"},
        footer = {"", "Examples:", "  pinfold explore --list", "  pinfold explore pin-vs-unmap --mode tso",
                "  pinfold explore pin-vs-unmap --mode sc --replay 't0*7 t1*12 q9 q22'", "",
                "How to read the result:",
                "  runs      schedules, those given up because they would show nothing new included",
                "  states    different states met", "  longest   scheduled steps of the longest run",
                "  accesses  accesses to memory in all runs",
                "  complete  everything within the bound was tried; capped: time or runs were up", "",
                "Exit codes: 0 nothing was found; 1 a violation, or a complete search never saw an outcome it must see, or a"
                        + " weaker access survives that is not on the list, or one that is on it does not; 2 wrong usage."})
public final class ExploreCommand implements PinfoldCommand {

    private static final int FRAMES = 12;

    @Parameters(paramLabel = "SCENARIO", arity = "0..*", description = "What to search; all without.")
    private List<String> wanted = List.of();

    @Option(names = "--list", description = "Only list the scenarios.")
    private boolean isList;

    @Option(names = "--mode", paramLabel = "MODE", description = "Memory: sc, tso, pso or view; all four without.")
    private @Nullable Mode mode;

    @Option(names = "--bound", paramLabel = "N", description = "At most N preemptions in a run.")
    private @Nullable Integer bound;

    @Option(names = "--cap", paramLabel = "RUNS", description = "At most so many runs in a search.")
    private @Nullable Long cap;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "5",
            description = "At most so many seconds for a search (${DEFAULT-VALUE}).")
    private double seconds;

    @Option(names = "--first", description = "Stop at the first violation.")
    private boolean isFirst;

    @Option(names = "--replay", paramLabel = "LINE", description = "Repeat one schedule of one SCENARIO in one MODE.")
    private @Nullable String replay;

    @Option(names = "--weaken",
            description = "Lower every access of core and fastpath by one mode, one at a time, and compare the results with the"
                    + " checked-in list of survivors.")
    private boolean isWeaken;

    @Mixin
    private JsonTarget json = new JsonTarget();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** For {@link ServiceLoader}. */
    public ExploreCommand() {
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        json.check();
        List<Scenario> scenarios = scenarios();
        if (bound != null && bound < 0 || cap != null && cap <= 0 || seconds <= 0) {
            throw new UsageException("--bound must not be negative, --cap and --seconds must be positive", null);
        }
        if (isList) {
            scenarios.forEach(scenario -> out.printf("%-30s %-12s %s%n", scenario.name(), scenario.races(),
                    scenario.about()));
            out.flush();
            return DONE;
        }
        if (isWeaken) {
            return weaken(scenarios, out);
        }
        if (replay != null) {
            return replay(scenarios, replay, out);
        }
        return searchAll(scenarios, out);
    }

    private int weaken(List<Scenario> scenarios, PrintWriter out) {
        Limits limits = Weakening.LIMITS;
        limits = bound == null ? limits : limits.withBound(bound);
        limits = cap == null ? limits : limits.withRuns(cap);
        boolean table = !json.replacesTable();
        Provenance from = Provenance.now();
        Weakening weakening = new Weakening(scenarios, limits);
        List<LoweringResult> results;
        try (Progress progress = new Progress(spec.commandLine().getErr(), "scenarios", weakening.steps())) {
            results = weakening.all(kill -> {
                if (table) {
                    progress.hide();
                    WeakenTable.row(out, kill);
                }
            }, progress::step);
        }
        Survivors survivors = Survivors.list();
        // The list holds for the default searches only.
        boolean asListed = wanted.isEmpty() && bound == null && cap == null;
        List<String> differences = asListed ? survivors.differences(results) : List.of();
        if (table) {
            WeakenTable.survivors(out, results, survivors);
            WeakenTable.sum(out, results, weakening.unshared());
            differences.forEach(out::println);
            out.println(from);
            out.flush();
        }
        json.write(from.into(WeakenTable.json(results, survivors, weakening.unshared(), differences)), out);
        return differences.isEmpty() ? DONE : FOUND;
    }

    private int searchAll(List<Scenario> scenarios, PrintWriter out) {
        Provenance from = Provenance.now();
        if (!json.replacesTable()) {
            ResultTable.head(out);
        }
        List<Result> results;
        List<Mode> modes = mode == null ? List.of(Mode.values()) : List.of(mode);
        try (Progress progress = new Progress(spec.commandLine().getErr(), "searches",
                (long) scenarios.size() * modes.size())) {
            results = searchAll(scenarios, modes, out, progress);
        }
        if (!json.replacesTable()) {
            ResultTable.sum(out, results);
            out.println(from);
            out.flush();
        }
        json.write(from.into(ResultTable.json(scenarios, results)), out);
        return results.stream().allMatch(Result::isGood) ? DONE : FOUND;
    }

    private List<Result> searchAll(List<Scenario> scenarios, List<Mode> modes, PrintWriter out, Progress progress) {
        List<Result> results = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            for (Mode each : modes) {
                for (Result result : search(scenario, each)) {
                    results.add(result);
                    if (!json.replacesTable()) {
                        progress.hide();
                        ResultTable.row(out, result);
                        show(scenario, result, out);
                    }
                }
                progress.step(scenario.name() + " " + each);
                if (isFirst && results.getLast().violation() != null) {
                    return results;
                }
            }
        }
        return results;
    }

    private List<Result> search(Scenario scenario, Mode memory) {
        Explore explore = Explore.scenario(scenario).mode(memory).seconds(seconds);
        if (cap != null) {
            explore.runs(cap);
        }
        if (isFirst) {
            explore.first();
        }
        return bound != null ? List.of(explore.bound(bound).run()) : explore.runOrFallBack();
    }

    private static void show(Scenario scenario, Result result, PrintWriter out) {
        Violation violation = result.violation();
        if (violation == null) {
            return;
        }
        out.println("VIOLATION of " + scenario.name() + " in " + result.mode() + ": " + violation.message());
        Throwable cause = violation.cause();
        if (cause != null) {
            Arrays.stream(cause.getStackTrace()).takeWhile(frame -> !frame.getClassName().contains(".explore.search."))
                    .limit(FRAMES).forEach(frame -> out.println("    at " + frame));
        }
        out.println("replay: ./pinfold explore " + scenario.name() + " --mode " + result.mode() + " --replay '"
                + violation.schedule() + "'");
        new ReplayTable(Explore.scenario(scenario).mode(result.mode()).replay(violation.schedule())).print(out);
        out.flush();
    }

    private int replay(List<Scenario> scenarios, String line, PrintWriter out) {
        if (scenarios.size() != 1 || mode == null) {
            throw new UsageException("--replay needs one SCENARIO and its --mode", null);
        }
        try {
            var replayed = Explore.scenario(scenarios.getFirst()).mode(mode).replay(Schedule.parse(line));
            new ReplayTable(replayed).print(out);
            out.flush();
            return replayed.violation() == null ? DONE : FOUND;
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    private List<Scenario> scenarios() {
        List<Scenario> all = ServiceLoader.load(Scenario.class).stream().map(ServiceLoader.Provider::get).toList();
        List<Scenario> found = new ArrayList<>();
        for (String name : wanted) {
            found.add(all.stream().filter(scenario -> scenario.name().equals(name)).findFirst().orElseThrow(
                    () -> new UsageException("no scenario " + name + "; there are: "
                            + String.join(" ", all.stream().map(Scenario::name).toList()), null)));
        }
        return wanted.isEmpty() ? all : found;
    }
}

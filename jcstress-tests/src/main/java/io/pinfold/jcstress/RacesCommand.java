package io.pinfold.jcstress;

import io.pinfold.hwmodel.cli.JsonTarget;
import io.pinfold.hwmodel.cli.Outputs;
import io.pinfold.hwmodel.cli.PinfoldCommand;
import io.pinfold.hwmodel.cli.Progress;
import io.pinfold.hwmodel.cli.Provenance;
import io.pinfold.jcstress.gate.Accumulation;
import io.pinfold.jcstress.gate.Budget;
import io.pinfold.jcstress.gate.Place;
import io.pinfold.jcstress.gate.RaceGate;
import io.pinfold.jcstress.gate.RaceTests;
import io.pinfold.jcstress.gate.Verdict;
import io.pinfold.jcstress.gate.WholeNumbers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pinfold races}: the race tests, as the gate of the build runs them. */
@Command(name = "races", mixinStandardHelpOptions = true, sortOptions = false,
        description = {"Runs the race tests and says whether the result is evidence.", "",
                "Each race has a model, weakened models and tests of shipping code. What shows a forbidden outcome is red, and"
                        + " so are a weakened model that shows nothing, a test of shipping code whose sides never met, and"
                        + " a test that did not run. The build's gate is this command, without TEST.%n"},
        footer = {"", "Examples:", "  pinfold races", "  pinfold races PinVsUnmap GrabVs --minutes 1",
                "  pinfold races --samples 1e7 --totals jcstress-tests/evidence/jcstress-totals.tsv", "",
                "Up to six minutes each test runs as users run it, beyond that in every mode of the JVM, too.", "",
                "Exit codes: 0 green; 1 red; 2 wrong usage."})
public final class RacesCommand implements PinfoldCommand {

    @Parameters(paramLabel = "TEST", arity = "0..*",
            description = "Beginnings of names of tests, such as PinVsUnmap or PinVsUnmap.RealLook; all without.")
    private List<String> wanted = new ArrayList<>();

    @Option(names = "--minutes", paramLabel = "N", defaultValue = "6", converter = WholeNumbers.class,
            description = "Wall-clock time of all tests together (${DEFAULT-VALUE}).")
    private long minutes;

    @Option(names = "--samples", paramLabel = "N", converter = WholeNumbers.class,
            description = "Instead, run the tests of shipping code until each has so many samples in the totals file, such as"
                    + " 1e7; those that all others rest on ten times as many.")
    private @Nullable Long samples;

    @Option(names = "--totals", paramLabel = "FILE", description = "Add what is seen to a file of samples.")
    private @Nullable Path totals;

    @Option(names = "--allow-dirty", description = "Add it also if the code is not that of a commit, marked as such.")
    private boolean isDirtyAllowed;

    @Mixin
    private JsonTarget json = new JsonTarget();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** For {@link java.util.ServiceLoader}. */
    public RacesCommand() {
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Outputs outputs = new Outputs().output(json.file());
        (totals == null ? outputs : outputs.taken("--totals", totals)).check();
        Budget budget = budget();
        NavigableSet<String> all = new TreeSet<>(RaceTests.in(RacesCommand.class));
        NavigableSet<String> tests = selected(all);
        Place place = Place.here();
        Path file = totals;
        Accumulation accumulation = file == null ? null : place.accumulation(file, isDirtyAllowed, out);
        try (Progress progress = new Progress(spec.commandLine().getErr(), "runs", 0)) {
            RaceGate gate = new RaceGate(place, accumulation, out, progress);
            if (samples != null) {
                return gate.sample(tests, samples) ? DONE : FOUND;
            }
            Provenance from = Provenance.of(place.repository());
            Verdict verdict = gate.run(all, tests, budget, !json.replacesTable());
            progress.hide();
            if (!json.replacesTable()) {
                out.println(from);
                out.flush();
            }
            json.write(from.into(verdict.json()), out);
            return verdict.green() ? DONE : FOUND;
        }
    }

    private Budget budget() {
        if (samples != null && totals == null) {
            throw new UsageException("--samples is counted in a totals file: name it by --totals", null);
        }
        if (samples != null && json.isWanted()) {
            throw new UsageException("--samples has its result in the totals file, not in --json", null);
        }
        try {
            return new Budget(minutes);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The tests that are asked for. */
    NavigableSet<String> selected(NavigableSet<String> all) {
        NavigableSet<String> tests = new TreeSet<>();
        for (String name : wanted) {
            List<String> meant = all.stream().filter(test -> Verdict.shortName(test).startsWith(name)).toList();
            if (meant.isEmpty()) {
                throw new UsageException("no race test begins with " + name, null);
            }
            tests.addAll(meant);
        }
        return wanted.isEmpty() ? all : tests;
    }
}

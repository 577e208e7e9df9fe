package io.pinfold.jcstress.mutants;

import io.pinfold.hwmodel.cli.JsonTarget;
import io.pinfold.hwmodel.cli.PinfoldCommand;
import io.pinfold.hwmodel.cli.Progress;
import io.pinfold.hwmodel.cli.Provenance;
import io.pinfold.jcstress.mutants.mechanical.Shard;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code pinfold mutants}. */
@Command(name = "mutants", mixinStandardHelpOptions = true, sortOptions = false,
        description = {"Takes one defence after the other out of the shipping code and reports which checker notices.",
                "",
                "Each mutant is a line or two of core, fastpath or hw-model, compiled apart and put in front of the checkers'"
                        + " class path. All of them take three quarters of an hour on two quiet processors; single ones seconds.",
                "",
                "With --mechanical, PIT changes every branch, result and calculation of core's mm and memory, of fastpath,"
                        + " and of hw-model's dma and copy, class by class. A class is judged once for each state of the"
                        + " code: the same command goes on where it stopped, at the latest after 45 minutes.%n"},
        footer = {"", "Examples:", "  pinfold mutants --check                      do all of them still have a place?",
                "  pinfold mutants --only M01,M16 --with unit,random", "  pinfold mutants --json=kill-matrix.json",
                "  pinfold mutants --mechanical --only Zap     one class, also of other rooms",
                "  pinfold mutants --mechanical --shard 2/4    the second of four parts", "",
                "Exit codes: 0 all killed that have to be; 1 one survived, or has no place in the code any more, or a checker is"
                        + " red without any mutant; with --mechanical also: a survivor is not on the list, a class has no kill or"
                        + " too little coverage, or is not through; 2 wrong usage."})
public final class MutantsCommand implements PinfoldCommand {

    @Option(names = "--only", paramLabel = "ID", split = ",",
            description = "These mutants only: M01 means M01a, M01b, ... too. With --mechanical these classes.")
    private List<String> only = List.of();

    @Option(names = "--with", paramLabel = "CHECKER", split = ",",
            description = "These checkers only: explorer, jcstress, random, unit.")
    private List<String> with = List.of();

    @Option(names = "--check", description = "Only look whether every mutant still has its place in the sources.")
    private boolean isCheck;

    @Option(names = "--jobs", paramLabel = "N", defaultValue = "2",
            description = "Mutants side by side (${DEFAULT-VALUE}); race tests always run alone.")
    private int jobs;

    @Option(names = "--mechanical", description = "Mutants that PIT makes of whole classes.")
    private boolean isMechanical;

    @Option(names = "--shard", paramLabel = "i/n", description = "With --mechanical, the i-th of n parts.")
    private @Nullable String shard;

    @Option(names = "--room-tests",
            description = "With --mechanical, only the tests of a class's room; another run goes on with what survives.")
    private boolean isRoomOnly;

    @Mixin
    private JsonTarget json = new JsonTarget();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** For {@link java.util.ServiceLoader}. */
    public MutantsCommand() {
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        json.check();
        if (isMechanical) {
            return mechanical().run(json, out, err);
        }
        if (shard != null || isRoomOnly) {
            throw new UsageException((isRoomOnly ? "--room-tests" : "--shard") + ": only with --mechanical", null);
        }
        MutantFile data = MutantFile.load();
        List<Mutant> mutants = selected(data);
        Set<Checker> checkers = checkers();
        Project project = Project.ofLauncher();
        List<String> lost = lost(project, mutants);
        lost.forEach(isCheck ? out::println : err::println);
        if (isCheck || !lost.isEmpty()) {
            err.println(
                    "mutants: " + mutants.stream().filter(one -> one.open() == null).count() + " with a place to be, "
                            + lost.size() + " anchors lost");
            err.flush();
            out.flush();
            return lost.isEmpty() ? DONE : FOUND;
        }
        if (checkers.contains(Checker.UNIT) || checkers.contains(Checker.RANDOM)) {
            TestBuild.ensure(project, err);
        }
        Provenance from = Provenance.now();
        KillMatrix matrix;
        try (Progress progress = new Progress(err, "checks", 0)) {
            MutantRun run = new MutantRun(project, data, mutants, checkers, jobs, progress);
            List<String> red = run.baseline();
            if (!red.isEmpty()) {
                red.forEach(problem -> progress.say("mutants: refused: " + problem));
                return FOUND;
            }
            matrix = run.run();
        }
        return report(matrix, from, out, err);
    }

    private Mechanical mechanical() {
        if (isCheck || !with.isEmpty()) {
            throw new UsageException("--mechanical: neither with --check nor with --with", null);
        }
        checkJobs();
        return new Mechanical(only, shard == null ? Shard.ALL : Mechanical.shard(shard), isRoomOnly, jobs);
    }

    private void checkJobs() {
        if (jobs < 1) {
            throw new UsageException("--jobs " + jobs + ": at least 1", null);
        }
    }

    private int report(KillMatrix matrix, Provenance from, PrintWriter out, PrintWriter err) {
        if (!json.replacesTable()) {
            matrix.table().forEach(out::println);
            out.println(from);
            out.flush();
        }
        List<String> problems = matrix.problems();
        problems.forEach(problem -> err.println("mutants: " + problem));
        err.flush();
        json.write(from.into(matrix.json()), out);
        return problems.isEmpty() ? DONE : FOUND;
    }

    /** The anchors that no longer fit, each with its mutant. */
    static List<String> lost(Project project, List<Mutant> mutants) throws IOException {
        Planting planting = new Planting(project);
        List<String> lost = new ArrayList<>();
        for (Mutant mutant : mutants) {
            for (String problem : planting.problems(mutant)) {
                lost.add(mutant.id() + ": " + problem);
            }
        }
        return lost;
    }

    private List<Mutant> selected(MutantFile data) {
        for (String id : only) {
            if (data.mutants().stream().noneMatch(mutant -> isMeant(mutant, id))) {
                throw new UsageException("--only " + id + ": there is no such mutant", null);
            }
        }
        checkJobs();
        return only.isEmpty() ? data.mutants()
                : data.mutants().stream().filter(mutant -> only.stream().anyMatch(id -> isMeant(mutant, id))).toList();
    }

    private static boolean isMeant(Mutant mutant, String id) {
        return mutant.id().equalsIgnoreCase(id) || mutant.family().equalsIgnoreCase(id);
    }

    private Set<Checker> checkers() {
        if (with.isEmpty()) {
            return EnumSet.allOf(Checker.class);
        }
        Set<Checker> chosen = EnumSet.noneOf(Checker.class);
        for (String label : with) {
            chosen.add(checker(label));
        }
        return chosen;
    }

    private static Checker checker(String label) {
        @Nullable Checker found = Arrays.stream(Checker.values()).filter(one -> one.label().equals(label)).findFirst()
                .orElse(null);
        if (found == null) {
            throw new UsageException("--with " + label + ": there is explorer, jcstress, random and unit", null);
        }
        return found;
    }
}

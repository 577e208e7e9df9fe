package io.pinfold.jcstress.mutants;

import io.pinfold.hwmodel.cli.Progress;
import io.pinfold.jcstress.mutants.Outcome.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Plants mutants and runs the checkers on them.
 *
 * <p>First all checks run on the shipping code: a check that is red there proves nothing, and then there is no matrix.
 * Then explorer, random and unit tests run on {@code jobs} mutants side by side. The race tests run last and alone:
 * they need both processors to meet.
 */
final class MutantRun {

    private final Project project;
    private final List<Mutant> mutants;
    private final Set<Checker> with;
    private final int jobs;
    private final Progress progress;
    private final Checks checks;
    private final Planting planting;

    MutantRun(Project project, MutantFile data, List<Mutant> mutants, Set<Checker> with, int jobs, Progress progress) {
        this.project = project;
        this.mutants = mutants;
        this.with = with;
        this.jobs = jobs;
        this.progress = progress;
        this.checks = new Checks(project, data);
        this.planting = new Planting(project);
    }

    /** The checks that are red without any mutant; empty when the matrix will be evidence. */
    List<String> baseline() throws IOException, InterruptedException {
        List<String> problems = new ArrayList<>();
        Path work = project.emptyWork("baseline");
        int baselines = 0;
        for (Checker checker : with) {
            progress.at(baselines++, with.size(), "baseline " + checker.label());
            Set<String> all = new TreeSet<>();
            planted().forEach(mutant -> all.addAll(mutant.checks().getOrDefault(checker, List.of())));
            if (checker == Checker.UNIT) {
                all.addAll(checks.allUnitTests());
            }
            problems.addAll(unknown(checker, all));
            Outcome outcome = all.isEmpty() || !problems.isEmpty() ? Outcome.nothing()
                    : checks.baseline(checker, List.copyOf(all), work);
            progress.say(String.format(Locale.ROOT, "baseline %s: %d checks, %.0f s", checker.label(), all.size(),
                    outcome.seconds()));
            if (outcome.isKill() || outcome.kind() == Kind.ERROR) {
                problems.add(checker.label() + " is red on the shipping code: " + outcome.by());
            }
        }
        checks.learnHangs(work);
        return problems;
    }

    private List<String> unknown(Checker checker, Set<String> all) {
        if (checker != Checker.UNIT && checker != Checker.RANDOM) {
            return List.of();
        }
        return all.stream().filter(test -> project.moduleOf(test).isEmpty()).map(test -> "no test class " + test)
                .toList();
    }

    /** Runs all checks and returns the matrix. */
    KillMatrix run() throws IOException, InterruptedException {
        KillMatrix matrix = new KillMatrix(mutants);
        List<Checker> sideBySide = with.stream().filter(checker -> checker != Checker.JCSTRESS).toList();
        boolean isWithRaces = with.contains(Checker.JCSTRESS);
        progress.restart(planted().size() * (isWithRaces ? 2L : 1L));
        try (ExecutorService pool = Executors.newFixedThreadPool(jobs)) {
            List<Future<?>> futures = new ArrayList<>();
            for (Mutant mutant : planted()) {
                futures.add(pool.submit(() -> {
                    Path work = project.emptyWork(mutant.id());
                    planting.plant(mutant, work.resolve("classes"));
                    check(matrix, mutant, sideBySide, work);
                    return null;
                }));
            }
            join(pool, futures);
        }
        if (isWithRaces) {
            for (Mutant mutant : planted()) {
                Path work = project.target().resolve("mutants").resolve(mutant.id());
                check(matrix, mutant, List.of(Checker.JCSTRESS), work);
            }
        }
        return matrix;
    }

    private static void join(ExecutorService pool, List<Future<?>> futures) throws IOException, InterruptedException {
        try {
            for (Future<?> future : futures) {
                var _ = future.get();
            }
        } catch (ExecutionException e) {
            pool.shutdownNow();
            throw new IOException(e.getCause());
        }
    }

    private List<Mutant> planted() {
        return mutants.stream().filter(mutant -> mutant.open() == null).toList();
    }

    private void check(KillMatrix matrix, Mutant mutant, List<Checker> checkers, Path work)
            throws IOException, InterruptedException {
        StringBuilder line = new StringBuilder(mutant.id());
        for (Checker checker : checkers) {
            Outcome outcome = checks.run(checker, mutant, work, work.resolve("classes"));
            matrix.put(mutant, checker, outcome);
            line.append("  ").append(checker.label()).append(' ').append(outcome.cell());
            if (outcome.isKill() || outcome.kind() == Kind.ERROR) {
                line.append(" (").append(outcome.by()).append(')');
            }
        }
        progress.say(line.toString());
        progress.step(mutant.id());
    }
}

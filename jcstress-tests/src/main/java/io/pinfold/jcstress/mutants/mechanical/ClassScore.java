package io.pinfold.jcstress.mutants.mechanical;

import io.pinfold.hwmodel.cli.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * How many mutants of a class or a package had which verdict.
 *
 * @param name       the class or the package
 * @param mutants    all but those that no JVM takes
 * @param killed     noticed by a failing test
 * @param timedOut   noticed by tests that did not end, twice
 * @param memory     noticed by a full heap, twice
 * @param crashed    noticed by a JVM that ended, twice
 * @param survived   not noticed; a doubtful verdict that did not repeat is one of them
 * @param uncovered  not noticed, and no test runs the line
 * @param refused    those that no JVM takes
 * @param seconds    time
 */
public record ClassScore(String name, int mutants, int killed, int timedOut, int memory, int crashed, int survived,
        int uncovered, int refused, double seconds) {

    /** The largest part of a class that no test may run. */
    private static final double UNCOVERED_MOST = 0.10;

    /** Counts the mutants of some classes. */
    public static ClassScore of(String name, Collection<ClassResult> results) {
        List<PitMutant> all = new ArrayList<>();
        results.forEach(result -> all.addAll(result.mutants()));
        List<PitMutant> killed = all.stream().filter(PitMutant::isKilled).toList();
        List<PitMutant> left = all.stream().filter(PitMutant::isSurvivor).toList();
        int uncovered = count(left, PitStatus.NO_COVERAGE);
        return new ClassScore(name, (int) all.stream().filter(PitMutant::isCounted).count(),
                count(killed, PitStatus.KILLED), count(killed, PitStatus.TIMED_OUT),
                count(killed, PitStatus.MEMORY_ERROR), count(killed, PitStatus.RUN_ERROR), left.size() - uncovered,
                uncovered, count(all, PitStatus.NON_VIABLE),
                results.stream().mapToDouble(ClassResult::seconds).sum());
    }

    private static int count(List<PitMutant> mutants, PitStatus status) {
        return (int) mutants.stream().filter(mutant -> mutant.status() == status).count();
    }

    /** All that were noticed. */
    public int kills() {
        return killed + timedOut + memory + crashed;
    }

    /** The part that was noticed, in percent; of nothing, all. */
    public double percent() {
        return mutants == 0 ? 100 : 100.0 * kills() / mutants;
    }

    /** What is wrong with the tests of a class as a whole; empty if nothing. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        if (mutants > 0 && kills() == 0) {
            problems.add(name + ": none of its " + mutants + " mutants is killed");
        }
        if (uncovered > UNCOVERED_MOST * mutants) {
            problems.add(name + ": no test runs " + uncovered + " of its " + mutants + " mutants; at most 10 % may be");
        }
        return problems;
    }

    /** The cells of the table. */
    String[] cells() {
        return new String[]{name, text(mutants), text(killed), text(timedOut), text(memory), text(crashed),
                text(survived), text(uncovered), text(refused), String.format(Locale.ROOT, "%.1f", percent()),
                String.format(Locale.ROOT, "%.0f", seconds)};
    }

    private static String text(int count) {
        return count == 0 ? "" : Integer.toString(count);
    }

    Json json() {
        return new Json().put("name", name).put("mutants", mutants).put("killed", killed).put("timedOut", timedOut)
                .put("memoryError", memory).put("runError", crashed).put("survived", survived)
                .put("noCoverage", uncovered).put("nonViable", refused).put("percent", percent())
                .put("seconds", seconds);
    }
}

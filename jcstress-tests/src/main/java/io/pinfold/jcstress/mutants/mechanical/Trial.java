package io.pinfold.jcstress.mutants.mechanical;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * Tries mutants with tests, module by module, each only with what survived before; doubtful verdicts are tried again,
 * each alone in a fresh JVM.
 */
final class Trial {

    /**
     * Rooms whose mutants never share a JVM: they write native memory and words that outlive a test, so a mutant would
     * find what the one before it left.
     */
    private static final Set<String> UNSHARED = Set.of("core.words", "core.page", "core.memory", "core.pgtable",
            "core.epoch", "fastpath");

    private final Pit pit;
    private final TimeBudget budget;

    Trial(Pit pit, TimeBudget budget) {
        this.pit = pit;
        this.budget = budget;
    }

    /** Whether mutants of this room get a JVM each. */
    static boolean isUnshared(String room) {
        return UNSHARED.stream().anyMatch(one -> room.equals(one) || room.startsWith(one + "."));
    }

    /**
     * Tries mutants.
     *
     * @param room    of all classes
     * @param classes to change
     * @param only    mutants to try; empty for all of the classes
     * @param tests   by module
     * @return the mutants by their identity, with new verdicts
     */
    Map<String, PitMutant> run(String room, List<String> classes, List<PitMutant> only,
            Map<String, List<String>> tests) throws IOException, InterruptedException, TimeoutException {
        Map<String, PitMutant> tried = new LinkedHashMap<>();
        only.forEach(mutant -> tried.put(mutant.id(), mutant));
        boolean isFirst = only.isEmpty();
        for (Map.Entry<String, List<String>> module : tests.entrySet()) {
            List<PitMutant> left = tried.values().stream().filter(PitMutant::isSurvivor).toList();
            if (module.getValue().isEmpty() || left.isEmpty() && !isFirst) {
                continue;
            }
            Pit.Task task = new Pit.Task(classes, left, module.getKey(), module.getValue(), isUnshared(room));
            List<PitMutant> found = pit.run(task, budget.left());
            checkAll(left, found);
            for (PitMutant one : found) {
                tried.merge(one.id(), one, PitMutant::after);
            }
            isFirst = false;
            repeat(task, found, tried);
        }
        return tried;
    }

    private void repeat(Pit.Task task, List<PitMutant> found, Map<String, PitMutant> tried)
            throws IOException, InterruptedException, TimeoutException {
        List<PitMutant> doubtful = found.stream().filter(one -> one.status().isDoubtful()).toList();
        if (doubtful.isEmpty()) {
            return;
        }
        List<PitMutant> again = pit.run(new Pit.Task(task.classes(), doubtful, task.module(), task.tests(), true),
                budget.left());
        checkAll(doubtful, again);
        for (PitMutant one : again) {
            tried.merge(one.id(), one, PitMutant::afterAlone);
        }
    }

    /** A mutant that is asked for and does not come back would count as neither killed nor surviving. */
    private static void checkAll(List<PitMutant> wanted, List<PitMutant> found) throws IOException {
        List<String> missing = new ArrayList<>(wanted.stream().map(PitMutant::id).toList());
        missing.removeAll(found.stream().map(PitMutant::id).toList());
        if (!missing.isEmpty() || !wanted.isEmpty() && found.size() != wanted.size()) {
            throw new IOException("PIT was asked for " + wanted.size() + " mutants and tried " + found.size()
                    + "; missing: " + missing);
        }
    }
}

package io.pinfold.jcstress.mutants.mechanical;

import static io.pinfold.jcstress.mutants.mechanical.Mutants.mutant;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/**
 * PIT for tests. Each class has three mutants; their verdicts are said before, run by run, and are KILLED where nothing
 * was said.
 */
final class ScriptedPit implements Pit {

    static final int MUTANTS = 3;

    final List<Task> tasks = new ArrayList<>();
    private final Map<String, List<PitStatus>> verdicts = new HashMap<>();
    /** The runs from here on reach their limit. */
    int endsAfter = Integer.MAX_VALUE;
    /** The test that kills. */
    String by = "";
    /** Mutants are left out of the answer. */
    boolean forgets;

    /** The verdicts of a mutant, one for each run that tries it; the last one stays. */
    void say(String className, int index, PitStatus... inTurn) {
        verdicts.put(className + index, new ArrayList<>(List.of(inTurn)));
    }

    @Override
    public List<PitMutant> run(Task task, Duration limit) throws IOException, TimeoutException {
        if (tasks.size() >= endsAfter) {
            throw new TimeoutException("at the limit");
        }
        tasks.add(task);
        List<PitMutant> found = new ArrayList<>();
        for (String name : task.classes()) {
            for (int i = 1; i <= MUTANTS; i++) {
                PitMutant made = mutant(name, "go", i, i, PitStatus.KILLED);
                if (task.only().isEmpty() || task.only().stream().anyMatch(one -> one.id().equals(made.id()))) {
                    found.add(mutant(name, "go", i, i, next(name + i), by));
                }
            }
        }
        return forgets && !task.only().isEmpty() ? List.of() : found;
    }

    private PitStatus next(String key) {
        List<PitStatus> left = verdicts.getOrDefault(key, List.of(PitStatus.KILLED));
        return left.size() > 1 ? left.removeFirst() : left.getFirst();
    }
}

package io.pinfold.jcstress.mutants.mechanical;

import io.pinfold.hwmodel.cli.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/**
 * Judges classes one after the other: first with the tests of their room, then the survivors of a room together with
 * whole modules. What is through is kept at once, so a run that is ended loses one class, or one room's second part.
 */
public final class MechanicalRun {

    private final Trial trial;
    private final TestChoice choice;
    private final ResultFolder kept;
    private final TimeBudget budget;
    private final Progress progress;
    private final Map<String, ClassResult> results = new LinkedHashMap<>();

    /** {@code kept}: where results are, and come from. */
    public MechanicalRun(Pit pit, TestChoice choice, ResultFolder kept, TimeBudget budget, Progress progress) {
        this.trial = new Trial(pit, budget);
        this.choice = choice;
        this.kept = kept;
        this.budget = budget;
        this.progress = progress;
    }

    /**
     * Judges classes.
     *
     * @param keys the key of the code of each class, in the order to judge
     * @return a result for each class; one that is not through when there was no time for it
     */
    public List<ClassResult> run(Map<String, String> keys) throws IOException, InterruptedException {
        for (Map.Entry<String, String> one : keys.entrySet()) {
            kept.read(one.getKey(), one.getValue()).ifPresent(result -> results.put(one.getKey(), result));
        }
        if (!results.isEmpty()) {
            progress.say("mutants: " + results.size() + " of " + keys.size() + " classes were judged before");
        }
        try {
            first(keys);
            second();
        } catch (TimeoutException e) {
            progress.say("mutants: the time is up; the same command goes on: " + e.getMessage());
        }
        List<ClassResult> all = new ArrayList<>();
        keys.forEach((name, key) -> all
                .add(results.getOrDefault(name, new ClassResult(name, key, false, 0, List.of()))));
        return all;
    }

    private void first(Map<String, String> keys) throws IOException, InterruptedException, TimeoutException {
        List<String> todo = keys.keySet().stream().filter(name -> !results.containsKey(name)).toList();
        progress.restart(todo.size());
        for (String name : todo) {
            checkTime();
            progress.at(todo.indexOf(name), name);
            String room = name.substring(0, name.lastIndexOf('.'));
            long start = System.nanoTime();
            Map<String, PitMutant> tried = trial.run(room, List.of(name), List.of(), choice.ofRoom(room));
            ClassResult result = new ClassResult(name, keys.getOrDefault(name, ""), false, seconds(start),
                    List.copyOf(tried.values()));
            keep(result.survivors().isEmpty() ? result.with(Map.of(), true, 0) : result);
            progress.step(name);
        }
    }

    private void second() throws IOException, InterruptedException, TimeoutException {
        Map<String, List<ClassResult>> rooms = new LinkedHashMap<>();
        for (ClassResult result : results.values()) {
            if (!result.isThrough()) {
                rooms.computeIfAbsent(result.room(), room -> new ArrayList<>()).add(result);
            }
        }
        progress.restart(rooms.size());
        for (Map.Entry<String, List<ClassResult>> room : rooms.entrySet()) {
            checkTime();
            progress.at(List.copyOf(rooms.keySet()).indexOf(room.getKey()), room.getKey() + ", whole modules");
            List<String> classes = room.getValue().stream().map(ClassResult::className).toList();
            List<PitMutant> left = room.getValue().stream().flatMap(one -> one.survivors().stream()).toList();
            long start = System.nanoTime();
            Map<String, PitMutant> tried = trial.run(room.getKey(), classes, left, choice.ofModules(room.getKey()));
            double each = seconds(start) / classes.size();
            for (ClassResult result : room.getValue()) {
                keep(result.with(tried, true, each));
            }
            progress.step(room.getKey());
        }
    }

    private void checkTime() throws TimeoutException {
        if (budget.isOver()) {
            throw new TimeoutException("no time for another class");
        }
    }

    private void keep(ClassResult result) throws IOException {
        kept.write(result);
        results.put(result.className(), result);
        ClassScore score = ClassScore.of(result.className(), List.of(result));
        progress.say(String.format(Locale.ROOT, "%s: %d mutants, %d killed, %d survive%s, %.0f s", score.name(),
                score.mutants(), score.kills(), result.survivors().size(),
                result.isThrough() ? "" : " the tests of the room", score.seconds()));
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}

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
 * Judges classes, some of a room at a time: first with the tests of their room, then what survived together with whole
 * modules. What is through is kept at once, so a run that is ended loses the classes of one run of PIT.
 */
public final class MechanicalRun {

    /**
     * How many classes of a room one run of PIT changes: it runs all tests once to learn which lines they reach, and
     * that takes as long for four classes as for one.
     */
    private static final int TOGETHER = 4;

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
     * @param codes      what each class is made of, in the order to judge
     * @param isRoomOnly whether what survives the tests of its room is left for another run
     * @return a result for each class; one that is not through when there was no time for it
     */
    public List<ClassResult> run(Map<String, CodeKey> codes, boolean isRoomOnly)
            throws IOException, InterruptedException {
        for (Map.Entry<String, CodeKey> one : codes.entrySet()) {
            kept.read(one.getKey(), one.getValue()).ifPresent(result -> results.put(one.getKey(), result));
        }
        if (!results.isEmpty()) {
            progress.say("mutants: " + results.size() + " of " + codes.size() + " classes have results of before");
        }
        try {
            first(codes);
            if (!isRoomOnly) {
                second(codes);
            }
        } catch (TimeoutException e) {
            progress.say("mutants: the time is up; the same command goes on: " + e.getMessage());
        }
        List<ClassResult> all = new ArrayList<>();
        codes.forEach((name, code) -> all.add(results.getOrDefault(name,
                new ClassResult(name, code.key(), code.bytes(), Map.of(), false, 0, List.of()))));
        return all;
    }

    private void first(Map<String, CodeKey> codes) throws IOException, InterruptedException, TimeoutException {
        List<String> todo = codes.keySet().stream().filter(name -> !results.containsKey(name)).toList();
        progress.restart(todo.size());
        for (List<String> group : groups(todo)) {
            checkTime();
            progress.at(todo.indexOf(group.getFirst()), group.getFirst());
            String room = ClassResult.roomOf(group.getFirst());
            long start = System.nanoTime();
            Map<String, PitMutant> tried = trial.run(room, group, List.of(), choice.ofRoom(room));
            double each = seconds(start) / group.size();
            for (String name : group) {
                CodeKey code = codes.getOrDefault(name, CodeKey.NONE);
                List<PitMutant> own = tried.values().stream().filter(one -> one.topLevel().equals(name)).toList();
                boolean isThrough = own.stream().noneMatch(PitMutant::isSurvivor);
                keep(new ClassResult(name, code.key(), code.bytes(), code.testsOf(own), isThrough, each, own));
                progress.step(name);
            }
        }
    }

    /** Neighbours of one room, a few at a time. */
    private static List<List<String>> groups(List<String> names) {
        List<List<String>> groups = new ArrayList<>();
        for (String name : names) {
            List<String> last = groups.isEmpty() ? List.of() : groups.getLast();
            if (last.isEmpty() || last.size() == TOGETHER
                    || !ClassResult.roomOf(last.getFirst()).equals(ClassResult.roomOf(name))) {
                groups.add(new ArrayList<>());
            }
            groups.getLast().add(name);
        }
        return groups;
    }

    /** Rooms whose survivors are tried with the same modules, and in JVMs of the same kind, are tried together. */
    private void second(Map<String, CodeKey> codes) throws IOException, InterruptedException, TimeoutException {
        Map<String, List<ClassResult>> groups = new LinkedHashMap<>();
        for (ClassResult result : results.values()) {
            if (!result.isThrough()) {
                String group = choice.ofModules(result.room()).keySet() + " " + Trial.isUnshared(result.room());
                groups.computeIfAbsent(group, key -> new ArrayList<>()).add(result);
            }
        }
        progress.restart(groups.size());
        for (List<ClassResult> group : groups.values()) {
            checkTime();
            String room = group.getFirst().room();
            progress.say("mutants: " + group.size() + " classes have survivors; whole modules are asked");
            List<String> classes = group.stream().map(ClassResult::className).toList();
            List<PitMutant> left = group.stream().flatMap(one -> one.survivors().stream()).toList();
            long start = System.nanoTime();
            Map<String, PitMutant> tried = trial.run(room, classes, left, choice.ofModules(room));
            double each = seconds(start) / classes.size();
            for (ClassResult result : group) {
                ClassResult now = result.with(tried, true, each);
                keep(now.withTests(codes.getOrDefault(now.className(), CodeKey.NONE).testsOf(now.mutants())));
            }
            progress.step(room);
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

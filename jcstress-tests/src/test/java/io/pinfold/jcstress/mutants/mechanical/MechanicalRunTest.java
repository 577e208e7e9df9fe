package io.pinfold.jcstress.mutants.mechanical;

import static io.pinfold.jcstress.mutants.mechanical.PitStatus.KILLED;
import static io.pinfold.jcstress.mutants.mechanical.PitStatus.NO_COVERAGE;
import static io.pinfold.jcstress.mutants.mechanical.PitStatus.RUN_ERROR;
import static io.pinfold.jcstress.mutants.mechanical.PitStatus.SURVIVED;
import static io.pinfold.jcstress.mutants.mechanical.PitStatus.TIMED_OUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.hwmodel.cli.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which mutants are tried with which tests, what counts, and where a second start goes on. */
class MechanicalRunTest {

    private static final String ZAP = "core.mm.unmap.Zap";
    private static final String GRAB = "core.memory.frame.Grab";
    private static final List<String> ROOM = List.of("core.RoomTest");
    private static final List<String> CORE = List.of("core.RoomTest", "core.OtherTest");
    private static final List<String> FAST = List.of("fastpath.WalkTest");

    private static final TestChoice CHOICE = new TestChoice() {
        @Override
        public Map<String, List<String>> ofRoom(String room) {
            return Map.of("core", ROOM);
        }

        @Override
        public Map<String, List<String>> ofModules(String room) {
            Map<String, List<String>> modules = new LinkedHashMap<>();
            modules.put("core", CORE);
            modules.put("fastpath", FAST);
            return modules;
        }
    };

    @TempDir
    Path folder;

    private final ScriptedPit pit = new ScriptedPit();
    private final StringWriter said = new StringWriter();
    private long now;

    private List<ClassResult> run(String... classes) throws IOException, InterruptedException {
        return runAt("here", classes);
    }

    private List<ClassResult> runAt(String key, String... classes) throws IOException, InterruptedException {
        Map<String, CodeKey> keys = new LinkedHashMap<>();
        List.of(classes).forEach(name -> keys.put(name, code(key, "same", "same")));
        return run(pit, keys);
    }

    private List<ClassResult> run(Pit used, Map<String, CodeKey> keys) throws IOException, InterruptedException {
        return run(used, keys, false);
    }

    private List<ClassResult> run(Pit used, Map<String, CodeKey> keys, boolean isRoomOnly)
            throws IOException, InterruptedException {
        TimeBudget budget = new TimeBudget(Duration.ofMinutes(45), () -> now);
        try (Progress progress = new Progress(new PrintWriter(said), "classes", 0)) {
            return new MechanicalRun(used, CHOICE, new ResultFolder(folder), budget, progress).run(keys, isRoomOnly);
        }
    }

    private static CodeKey code(String key, String bytes, String test) {
        return new CodeKey(key, bytes, Map.of("core.RoomTest", test));
    }

    private static List<PitStatus> verdicts(ClassResult result) {
        return result.mutants().stream().map(PitMutant::status).toList();
    }

    @Test
    void whatTheRoomKillsIsNotTriedAgain() throws Exception {
        ClassResult zap = run(ZAP).getFirst();

        assertThat(verdicts(zap)).containsExactly(KILLED, KILLED, KILLED);
        assertThat(zap.isThrough()).isTrue();
        assertThat(pit.tasks).containsExactly(new Pit.Task(List.of(ZAP), List.of(), "core", ROOM, false));
    }

    @Test
    void whatSurvivesIsTriedWithWholeModulesUntilKilled() throws Exception {
        pit.say(ZAP, 1, SURVIVED, KILLED);
        pit.say(ZAP, 2, NO_COVERAGE, NO_COVERAGE, SURVIVED);
        pit.say(ZAP, 3, SURVIVED, SURVIVED, NO_COVERAGE);

        ClassResult zap = run(ZAP).getFirst();

        assertThat(verdicts(zap)).containsExactly(KILLED, SURVIVED, SURVIVED);
        assertThat(pit.tasks).extracting(Pit.Task::module).containsExactly("core", "core", "fastpath");
        assertThat(pit.tasks).extracting(Pit.Task::tests).containsExactly(ROOM, CORE, FAST);
        assertThat(pit.tasks).extracting(task -> task.only().size()).containsExactly(0, 3, 2);
    }

    @Test
    void whatSurvivesTheRoomCanBeLeftForAnotherRun() throws Exception {
        pit.say(ZAP, 2, SURVIVED, KILLED);
        Map<String, CodeKey> keys = Map.of(ZAP, code("here", "same", "same"));

        ClassResult first = run(pit, keys, true).getFirst();

        assertThat(verdicts(first)).containsExactly(KILLED, SURVIVED, KILLED);
        assertThat(first.isThrough()).isFalse();
        assertThat(pit.tasks).extracting(Pit.Task::tests).containsExactly(ROOM);

        ClassResult second = run(pit, keys, false).getFirst();

        assertThat(verdicts(second)).containsExactly(KILLED, KILLED, KILLED);
        assertThat(second.isThrough()).isTrue();
        assertThat(pit.tasks).extracting(Pit.Task::tests).containsExactly(ROOM, CORE);
    }

    @Test
    void aDoubtfulVerdictCountsWhenItRepeatsAlone() throws Exception {
        pit.say(ZAP, 1, TIMED_OUT, TIMED_OUT);
        pit.say(ZAP, 2, RUN_ERROR, KILLED);
        pit.say(ZAP, 3, TIMED_OUT, SURVIVED);

        ClassResult zap = run(ZAP).getFirst();

        assertThat(verdicts(zap)).containsExactly(TIMED_OUT, KILLED, SURVIVED);
        assertThat(zap.mutants().getFirst().isKilled()).isTrue();
        Pit.Task again = pit.tasks.get(1);
        assertThat(again.isAlone()).isTrue();
        assertThat(again.tests()).isEqualTo(ROOM);
        assertThat(again.only()).hasSize(3);
        assertThat(pit.tasks.get(2).only()).hasSize(1);
    }

    @Test
    void anotherDoubtfulVerdictIsNoRepetition() throws Exception {
        pit.say(ZAP, 1, TIMED_OUT, RUN_ERROR, SURVIVED);

        ClassResult zap = run(ZAP).getFirst();

        assertThat(zap.survivors()).singleElement().extracting(PitMutant::status).isEqualTo(SURVIVED);
        assertThat(pit.tasks).hasSize(4);
    }

    @Test
    void mutantsOfRoomsWithNativeMemoryDoNotShareJvms() throws Exception {
        run(GRAB, ZAP);

        assertThat(pit.tasks).extracting(Pit.Task::isAlone).containsExactly(true, false);
        assertThat(List.of("core.words", "core.page", "core.memory", "core.memory.zone", "core.pgtable", "core.epoch",
                "fastpath", "fastpath.walk")).allMatch(Trial::isUnshared);
        assertThat(List.of("core.pagemap", "core.mm.space", "hwmodel.dma")).noneMatch(Trial::isUnshared);
    }

    @Test
    void aSecondStartGoesOnWhereTheFirstStopped() throws Exception {
        pit.say(ZAP, 1, SURVIVED);
        pit.endsAfter = 1;
        assertThat(run(ZAP, GRAB)).extracting(ClassResult::isThrough).containsExactly(false, false);
        assertThat(said.toString()).contains("the time is up");

        pit.tasks.clear();
        pit.endsAfter = Integer.MAX_VALUE;
        assertThat(run(ZAP, GRAB)).extracting(ClassResult::isThrough).containsExactly(true, true);

        assertThat(pit.tasks).extracting(Pit.Task::classes).containsExactly(List.of(GRAB), List.of(ZAP), List.of(ZAP));
        assertThat(pit.tasks.get(1).only()).hasSize(1);

        pit.tasks.clear();
        assertThat(run(ZAP, GRAB)).extracting(ClassResult::isThrough).containsExactly(true, true);
        assertThat(pit.tasks).isEmpty();
    }

    @Test
    void aResultOfAnotherClassFileDoesNotCount() throws Exception {
        run(pit, Map.of(ZAP, code("commit a", "old", "same")));
        run(pit, Map.of(ZAP, code("commit b", "new", "same")));

        assertThat(pit.tasks).hasSize(2).allSatisfy(task -> assertThat(task.only()).isEmpty());
    }

    @Test
    void killsCountAsLongAsClassAndTestAreTheSameAndSurvivorsNever() throws Exception {
        pit.by = "core.RoomTest.some";
        pit.say(ZAP, 2, SURVIVED, SURVIVED, SURVIVED, KILLED);
        pit.say(ZAP, 3, TIMED_OUT, TIMED_OUT, KILLED);
        run(pit, Map.of(ZAP, code("commit a", "same", "same")));
        pit.tasks.clear();

        ClassResult zap = run(pit, Map.of(ZAP, code("commit b", "same", "same"))).getFirst();

        assertThat(pit.tasks).singleElement().satisfies(task -> {
            assertThat(task.tests()).isEqualTo(CORE);
            assertThat(task.only()).extracting(PitMutant::index).containsExactly("2", "3");
        });
        assertThat(verdicts(zap)).containsExactly(KILLED, KILLED, KILLED);
        assertThat(zap.key()).isEqualTo("commit b");
    }

    @Test
    void killsOfAnotherTestFileAreTriedAgain() throws Exception {
        pit.by = "core.RoomTest.some";
        run(pit, Map.of(ZAP, code("commit a", "same", "old")));
        pit.tasks.clear();

        run(pit, Map.of(ZAP, code("commit b", "same", "new")));

        assertThat(pit.tasks).singleElement().satisfies(task -> assertThat(task.only()).hasSize(3));
    }

    @Test
    void classesOfARoomAreTriedTogetherAndKeptApart() throws Exception {
        String protect = "core.mm.unmap.Protect";
        pit.say(protect, 2, SURVIVED);

        List<ClassResult> results = run(ZAP, protect, GRAB);

        assertThat(pit.tasks).extracting(Pit.Task::classes).startsWith(List.of(ZAP, protect), List.of(GRAB));
        assertThat(results).extracting(ClassResult::className).containsExactly(ZAP, protect, GRAB);
        assertThat(results).extracting(result -> result.survivors().size()).containsExactly(0, 1, 0);
        assertThat(results).allSatisfy(result -> assertThat(result.mutants()).hasSize(3));
    }

    @Test
    void aResultThatCannotBeReadIsTold() throws Exception {
        run(ZAP);
        Path file = folder.resolve(ZAP + ".json");
        Files.writeString(file, Files.readString(file).replace("KILLED", "MAIMED"));

        assertThatThrownBy(() -> run(ZAP)).isInstanceOf(IOException.class).hasMessageContaining(ZAP)
                .hasMessageContaining("MAIMED");
    }

    @Test
    void noClassIsBegunWhenTheTimeIsNearlyOver() throws Exception {
        Pit slow = (task, limit) -> {
            now += Duration.ofMinutes(44).toNanos();
            return pit.run(task, limit);
        };
        Map<String, CodeKey> keys = new LinkedHashMap<>();
        keys.put(ZAP, code("k", "a", "a"));
        keys.put(GRAB, code("k", "a", "a"));
        assertThat(run(slow, keys)).extracting(ClassResult::isThrough).containsExactly(true, false);
    }

    @Test
    void aMutantThatDoesNotComeBackIsNoResult() {
        pit.say(ZAP, 1, SURVIVED);
        pit.forgets = true;

        assertThatThrownBy(() -> run(ZAP)).isInstanceOf(IOException.class).hasMessageContaining("missing")
                .hasMessageContaining(ZAP + ".go");
    }
}

package io.pinfold.jcstress.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.RacesCommand;
import io.pinfold.jcstress.gate.RaceTests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The list of mutants is correct: each has its place in the sources, and all names in it exist. */
class MutantsTest {

    private static final Project PROJECT = new Project(Path.of("..").toAbsolutePath().normalize());
    /** The seed bugs that are in the list under the name of their switch; B10 and B19 are no code. */
    private static final Set<
            String> ELSEWHERE = Set.of("B1", "B3", "B4", "B6", "B8", "B10", "B13", "B16", "B18", "B19");

    private final MutantFile data = MutantFile.load();

    @Test
    void everyMutantStillHasItsPlace() throws IOException {
        assertThat(MutantsCommand.lost(PROJECT, data.mutants())).isEmpty();
    }

    @Test
    void everySwitchAndEverySeedBugIsThere() {
        Set<String> wanted = new TreeSet<>();
        for (int i = 1; i <= 40; i++) {
            wanted.add("M%02d".formatted(i));
        }
        for (int i = 1; i <= 20; i++) {
            wanted.add("B" + i);
        }
        wanted.removeAll(ELSEWHERE);
        assertThat(data.mutants()).extracting(Mutant::family).containsAll(wanted);
    }

    @Test
    void everyMutantSaysWhatItBreaksAndWhoShouldNotice() {
        assertThat(data.mutants()).allSatisfy(mutant -> {
            assertThat(mutant.races()).as("races of %s", mutant.id()).isNotEmpty();
            assertThat(mutant.breaks()).as("what %s breaks", mutant.id()).isNotEmpty();
            assertThat(mutant.cites()).as("what %s cites", mutant.id()).isNotBlank();
            assertThat(mutant.checks().isEmpty()).as("%s has no checks", mutant.id())
                    .isEqualTo(mutant.open() != null);
            assertThat(mutant.edits()).as("edits of %s", mutant.id())
                    .allMatch(edit -> !edit.oldText().equals(edit.newText()));
        });
        assertThat(data.mutants()).filteredOn(mutant -> mutant.expected() != null)
                .hasSizeLessThanOrEqualTo(KillMatrix.EXPECTED_MAX);
    }

    @Test
    void whatItNamesExists() {
        Set<String> races = new TreeSet<>(RaceTests.in(RacesCommand.class));
        for (Mutant mutant : data.mutants()) {
            assertThat(mutant.checks().getOrDefault(Checker.JCSTRESS, List.of())).as("race tests of %s", mutant.id())
                    .allMatch(name -> races.contains("io.pinfold.jcstress." + name));
            List<String> tests = new ArrayList<>(mutant.checks().getOrDefault(Checker.UNIT, List.of()));
            tests.addAll(mutant.checks().getOrDefault(Checker.RANDOM, List.of()));
            assertThat(tests).as("tests of %s", mutant.id()).allMatch(MutantsTest::isThere);
            assertThat(data.random()).containsAll(mutant.checks().getOrDefault(Checker.RANDOM, List.of()));
            assertThat(mutant.checks().getOrDefault(Checker.UNIT, List.of())).as("unit tests of %s", mutant.id())
                    .noneMatch(data.random()::contains);
        }
        assertThat(data.random()).allMatch(MutantsTest::isThere);
        assertThat(data.leftOut()).allMatch(MutantsTest::isThere);
    }

    private static boolean isThere(String test) {
        return Project.MODULES.stream().anyMatch(module -> Files.exists(
                PROJECT.home().resolve(module)
                        .resolve("src/test/java/io/pinfold/" + test.replace('.', '/') + ".java")));
    }
}

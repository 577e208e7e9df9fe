package io.pinfold.jcstress.mutants.mechanical;

import static io.pinfold.jcstress.mutants.mechanical.Mutants.mutant;
import static io.pinfold.jcstress.mutants.mechanical.Mutants.result;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What gives exit 1, and how mutants are counted. */
class MechanicalResultTest {

    private static final SurvivorList NO_LIST = SurvivorList.parse("");

    private static MechanicalResult whole(SurvivorList list, ClassResult... results) {
        return new MechanicalResult(List.of(results), true, list);
    }

    private static SurvivorList listed(String kind, String className, int killed, int survivors) {
        StringBuilder text = new StringBuilder(kind + ": a reason\n");
        for (int i = 1; i <= survivors; i++) {
            text.append("    ").append(className).append(" go NegateConditionals#").append(killed + i)
                    .append(" negated conditional\n");
        }
        return SurvivorList.parse(text.toString());
    }

    @Test
    void allKilledIsFine() {
        assertThat(whole(NO_LIST, result("core.A", 100, 0, 0), result("core.NoCode", 0, 0, 0)).problems()).isEmpty();
    }

    @Test
    void allClassesWithoutAMutantAreNoResult() {
        assertThat(whole(NO_LIST, result("core.NoCode", 0, 0, 0)).problems())
                .containsExactly("PIT finds nothing to change in any class");
    }

    @Test
    void aSurvivorNeedsAReason() {
        assertThat(whole(NO_LIST, result("core.A", 99, 1, 0)).problems()).singleElement().asString()
                .contains("without a reason", "core.A go NegateConditionals#100 negated conditional");
        assertThat(whole(listed("open", "core.A", 99, 1), result("core.A", 99, 1, 0)).problems()).isEmpty();
    }

    @Test
    void aClassWithoutKillAndOneThatNoTestRunsAreTold() {
        SurvivorList list = listed("open", "core.A", 0, 100);

        assertThat(new MechanicalResult(List.of(result("core.A", 0, 1, 0)), false, list).problems())
                .containsExactly("core.A: none of its 1 mutants is killed");
        assertThat(new MechanicalResult(List.of(result("core.A", 18, 0, 2)), false, list).problems()).isEmpty();
        assertThat(new MechanicalResult(List.of(result("core.A", 17, 0, 2)), false, list).problems())
                .containsExactly("core.A: no test runs 2 of its 19 mutants; at most 10 % may be");
    }

    @Test
    void aClassThatIsNotThroughIsTold() {
        ClassResult begun = new ClassResult("core.A", "k", "", Map.of(), false, 1, List.of());

        assertThat(new MechanicalResult(List.of(begun), false, NO_LIST).problems()).singleElement().asString()
                .contains("core.A is not through");
    }

    @Test
    void tooManyEquivalentsAndTooFewKillsAreToldOfTheWholeAlone() {
        SurvivorList three = listed("equivalent", "core.A", 97, 3);
        assertThat(whole(three, result("core.A", 97, 3, 0)).problems())
                .containsExactly("3 of 100 are called equivalent; at most 2 % may be");
        assertThat(new MechanicalResult(List.of(result("core.A", 97, 3, 0)), false, three).problems()).isEmpty();
        assertThat(whole(listed("equivalent", "core.A", 98, 2), result("core.A", 98, 2, 0)).problems()).isEmpty();

        SurvivorList open = listed("open", "core.A", 94, 6);
        assertThat(whole(open, result("core.A", 94, 6, 0)).problems())
                .containsExactly("94.0 % are killed, at least 95 % have to be");
        assertThat(whole(open, result("core.A", 95, 5, 0)).problems()).isEmpty();
    }

    @Test
    void anOldEntryIsTold() {
        MechanicalResult result = whole(listed("open", "core.A", 99, 2), result("core.A", 100, 0, 0));

        assertThat(result.problems()).isEmpty();
        assertThat(result.remarks()).hasSize(2).allMatch(remark -> remark.startsWith("on the list, and no survivor"));
    }

    @Test
    void whatDoesNotRepeatSurvivesAndWhatNoJvmTakesDoesNotCount() {
        PitMutant slow = mutant("core.a.A", "go", 1, 1, PitStatus.TIMED_OUT);
        PitMutant slowTwice = mutant("core.a.A", "go", 2, 2, PitStatus.TIMED_OUT)
                .afterAlone(mutant("core.a.A", "go", 2, 2, PitStatus.TIMED_OUT));
        PitMutant crash = mutant("core.a.A", "go", 3, 3, PitStatus.RUN_ERROR)
                .afterAlone(mutant("core.a.A", "go", 3, 3, PitStatus.TIMED_OUT));
        PitMutant refused = mutant("core.a.A", "go", 4, 4, PitStatus.NON_VIABLE);
        ClassScore score = ClassScore.of("core.a.A", List.of(result("core.a.A", slow, slowTwice, crash, refused)));

        assertThat(score).isEqualTo(new ClassScore("core.a.A", 3, 0, 1, 0, 0, 2, 0, 1, 2));
        assertThat(score.percent()).isBetween(33.3, 33.4);
    }

    @Test
    void theTableHasClassesPackagesAndTheSum() {
        MechanicalResult result = whole(NO_LIST, result("core.a.A", 9, 1, 0), result("core.a.B", 10, 0, 0));

        assertThat(result.table()).filteredOn(line -> line.matches("(core|all).*"))
                .extracting(line -> line.replaceAll(" +", " ")).containsExactly("core.a.A 10 9 1 90.0 2",
                        "core.a.B 10 10 100.0 2", "core.a 20 19 1 95.0 4", "all 20 19 1 95.0 4");
        assertThat(result.json().toString()).contains("\"packages\":[{\"name\":\"core.a\",\"mutants\":20,\"killed\":19")
                .contains("\"whole\":true")
                .contains("\"place\":\"core.a.A go NegateConditionals#10 negated conditional\"");
    }
}

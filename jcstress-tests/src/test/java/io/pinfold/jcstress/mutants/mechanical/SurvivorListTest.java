package io.pinfold.jcstress.mutants.mechanical;

import static io.pinfold.jcstress.mutants.mechanical.Mutants.mutant;
import static io.pinfold.jcstress.mutants.mechanical.Mutants.result;
import static io.pinfold.jcstress.mutants.mechanical.PitStatus.KILLED;
import static io.pinfold.jcstress.mutants.mechanical.PitStatus.NO_COVERAGE;
import static io.pinfold.jcstress.mutants.mechanical.PitStatus.SURVIVED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A survivor needs a line on the list, and a line a survivor. */
class SurvivorListTest {

    private static final String ZAP = "core.mm.unmap.Zap";
    private static final String LINE = ZAP + " range NegateConditionals#2 negated conditional";

    private final SurvivorList list = SurvivorList.parse("""
            # words

            equivalent: the second look decides the same
                %s
            open: text for people
                core.mm.unmap.Zap$Part toString EmptyObjectReturnVals#1 replaced return value with ""
            """.formatted(LINE));

    @Test
    void theOrdinalTellsTheSameChangesApartWhereverTheLinesAre() {
        ClassResult before = result(ZAP, mutant(ZAP, "range", 40, 9, KILLED), mutant(ZAP, "range", 41, 3, SURVIVED),
                mutant(ZAP, "other", 30, 1, KILLED));
        ClassResult moved = result(ZAP, mutant(ZAP, "range", 141, 33, SURVIVED), mutant(ZAP, "other", 30, 1, KILLED),
                mutant(ZAP, "range", 140, 39, KILLED));

        assertThat(list.unlisted(List.of(before))).isEmpty();
        assertThat(list.unlisted(List.of(moved))).isEmpty();
        assertThat(list.of(MutantPlace.parse(LINE)))
                .isEqualTo(new SurvivorList.Reason(true, "the second look decides the same"));
        assertThat(list.equivalents()).isOne();
    }

    @Test
    void aSurvivorThatIsNotListedIsTold() {
        ClassResult first = result(ZAP, mutant(ZAP, "range", 40, 9, NO_COVERAGE), mutant(ZAP, "range", 41, 3, KILLED));

        assertThat(list.unlisted(List.of(first))).singleElement().asString()
                .isEqualTo(ZAP + " range NegateConditionals#1 negated conditional");
    }

    @Test
    void anEntryWithoutSurvivorIsToldOnceItsClassIsJudged() {
        ClassResult killed = result(ZAP, mutant(ZAP, "range", 40, 9, KILLED), mutant(ZAP, "range", 41, 3, KILLED));

        assertThat(list.gone(List.of(killed))).hasSize(2).anyMatch(place -> place.toString().equals(LINE));
        assertThat(list.gone(List.of(result("core.mm.unmap.Protect", 1, 1, 0)))).isEmpty();
    }

    @Test
    void theListOfThisModuleCanBeRead() {
        assertThat(Objects.requireNonNull(SurvivorList.load()).equivalents()).isNotNegative();
    }

    @Test
    void whatTheFileDoesNotSayRightIsRefused() {
        refused("    " + LINE, "line 1", "without a reason");
        refused("equivalent:\n    " + LINE, "line 1", "PROOF");
        refused("because: so\n    " + LINE, "because");
        refused("open: x\n    " + LINE + "\n    " + LINE, "line 3", "second time");
        refused("open: x\n    core.Zap range NegateConditionals negated", "line 2", "ORDINAL");
        refused("open: x\n    core.Zap range NegateConditionals#0 negated", "ORDINAL");
        refused("open: x\n    core.Zap range NegateConditionals#1", "DESCRIPTION");
    }

    private static void refused(String text, String... told) {
        assertThatThrownBy(() -> SurvivorList.parse(text)).isInstanceOf(IllegalArgumentException.class)
                .message().contains(told);
    }
}

package io.pinfold.jcstress.explore.litmus;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Models;
import io.pinfold.jcstress.explore.memory.Op;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * No memory model shows an outcome that the axioms of RC11 forbid, so no finding of the explorer is a false alarm of
 * its memory. The views are rarely stronger than the axioms, so few outcomes are missed.
 */
class ReferenceTest {
    private static final long RUNS_MAX = 200_000;
    private static final long SEED = 20;

    /** How the outcomes of many programs compare. */
    record Agreement(int equal, int stronger) {
    }

    static Agreement compare(Mode mode, Op.Mode weakest, int programs, int accesses) {
        RandomPrograms random = new RandomPrograms(SEED, weakest, false);
        int equal = 0;
        int stronger = 0;
        for (int number = 0; number < programs; number++) {
            Program program = random.next(accesses - 2, accesses);
            Outcomes.Result result = Outcomes.of(program, backing -> Models.unchecked(mode, backing), RUNS_MAX);
            Set<String> allowed = Axioms.outcomesOf(program);
            assertThat(allowed).as("%s shows what RC11 forbids: %s", mode, program).containsAll(result.outcomes());
            if (result.complete()) {
                equal += allowed.size() == result.outcomes().size() ? 1 : 0;
                stronger += allowed.size() > result.outcomes().size() ? 1 : 0;
            }
        }
        return new Agreement(equal, stronger);
    }

    @Test
    void viewsShowWhatRc11AllowsAndHardlyAnythingLess() {
        assertThat(compare(Mode.VIEW, Op.Mode.OPAQUE, 300, 6)).isEqualTo(new Agreement(299, 1));
        assertThat(compare(Mode.VIEW, Op.Mode.ACQUIRE, 300, 6)).isEqualTo(new Agreement(300, 0));
    }

    @Test
    void buffersShowNothingThatRc11Forbids() {
        assertThat(compare(Mode.PSO, Op.Mode.OPAQUE, 150, 6).equal()).isPositive();
        assertThat(compare(Mode.TSO, Op.Mode.OPAQUE, 150, 6).equal()).isPositive();
    }

    @Test
    void sequentialConsistencyMissesWeakOutcomes() {
        assertThat(compare(Mode.SC, Op.Mode.OPAQUE, 300, 6).stronger()).isPositive();
    }

    @Test
    void theAxiomsAgreeWithTheLitmusTable() {
        assertThat(Litmus.all())
                .filteredOn(litmus -> litmus.program().strands().stream().flatMap(java.util.List::stream)
                        .noneMatch(op -> op.mode == Op.Mode.PLAIN))
                .allSatisfy(litmus -> {
                    boolean allowed = Axioms.outcomesOf(litmus.program()).stream()
                            .anyMatch(outcome -> litmus.weak().matcher(outcome).matches());
                    // RC11 has no load buffering; it allows everything else that Java allows or leaves open
                    assertThat(allowed).as(litmus.name())
                            .isEqualTo(litmus.java() != Litmus.Java.FORBIDS && !litmus.name().startsWith("LB"));
                });
    }
}

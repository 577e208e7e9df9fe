package io.pinfold.jcstress.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.mutants.Outcome.Kind;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Survivors are reported first, and never count as a success. */
class KillMatrixTest {

    private static final Outcome KILLED = new Outcome(Kind.KILLED, 1.5, "SomeTest");
    private static final Outcome SURVIVED = new Outcome(Kind.SURVIVED, 9, "");

    private static Mutant mutant(String id, @Nullable String open, @Nullable String expected) {
        return new Mutant(id, "title of " + id, List.of("R1"), List.of("I1"), "cited", open, expected, List.of(),
                Map.of());
    }

    @Test
    void survivorsComeFirstAndAreProblems() {
        Mutant dead = mutant("M01", null, null);
        Mutant alive = mutant("M02", null, null);
        KillMatrix matrix = new KillMatrix(List.of(dead, alive, mutant("M17", "needs fork", null)));
        matrix.put(dead, Checker.UNIT, KILLED);
        matrix.put(dead, Checker.RANDOM, KILLED);
        matrix.put(alive, Checker.UNIT, SURVIVED);

        assertThat(matrix.table().get(1)).startsWith("M02").endsWith("SURVIVED");
        assertThat(matrix.table().get(2)).startsWith("M01").contains("1.5 s");
        assertThat(matrix.table()).anySatisfy(line -> assertThat(line).startsWith("M17").endsWith("open: needs fork"));
        assertThat(matrix.problems()).containsExactly("M02 survived: title of M02");
        assertThat(matrix.sum()).contains("2 planted, 1 killed, 1 of them by two checkers or more (50 %), 1 survived");
        assertThat(matrix.json().toString())
                .contains("{\"id\":\"M01\",\"killedBy\":[{\"checker\":\"random\",\"seconds\":1.5")
                .contains("{\"id\":\"M02\",\"killedBy\":[],\"expected\":false,\"reason\":null");
    }

    @Test
    void anExpectedSurvivorIsNoProblemUnlessItDies() {
        Mutant odd = mutant("B17", null, "no difference");
        KillMatrix matrix = new KillMatrix(List.of(odd));
        matrix.put(odd, Checker.UNIT, SURVIVED);
        assertThat(matrix.problems()).isEmpty();
        assertThat(matrix.json().toString()).contains("\"expected\":true,\"reason\":\"no difference\"");

        matrix.put(odd, Checker.RANDOM, KILLED);
        assertThat(matrix.problems()).singleElement().asString().contains("was expected to survive and did not");
    }

    @Test
    void moreExpectedSurvivorsThanThreeAreAProblem() {
        KillMatrix matrix = new KillMatrix(List.of(mutant("X1", null, "a"), mutant("X2", null, "b"),
                mutant("X3", null, "c"), mutant("X4", null, "d")));

        assertThat(matrix.problems()).singleElement().asString().contains("4 mutants are expected to survive");
    }

    @Test
    void aRunThatWentWrongIsNoSurvivorAndNoKill() {
        Mutant one = mutant("M01", null, null);
        KillMatrix matrix = new KillMatrix(List.of(one));
        matrix.put(one, Checker.EXPLORER, new Outcome(Kind.ERROR, 1, "exit 2"));

        assertThat(matrix.problems()).contains("M01, explorer: exit 2", "M01 survived: title of M01");
    }
}

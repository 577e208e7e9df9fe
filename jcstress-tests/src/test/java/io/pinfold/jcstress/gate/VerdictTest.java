package io.pinfold.jcstress.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The gate fails in every case in which a run is no evidence. */
class VerdictTest {
    private static final String MODEL = "p.Race.Model";
    private static final String BROKEN = "p.Race.BrokenFence";
    private static final String REAL = "p.Race.Real";

    private final SortedSet<String> expected = new TreeSet<>(List.of(MODEL, BROKEN, REAL));
    private final SortedMap<String, Tally> tallies = new TreeMap<>();

    VerdictTest() {
        put(tally(MODEL, 1000, 10, 0, 0));
        put(tally(BROKEN, 1000, 10, 3, 0));
        put(tally(REAL, 1000, 10, 0, 0));
    }

    @Test
    void isGreenWhenEverythingRanAndShowedWhatItShould() {
        Verdict verdict = Verdict.of(expected, tallies);

        assertThat(verdict.problems()).isEmpty();
        assertThat(verdict.green()).isTrue();
        assertThat(verdict.run()).isEqualTo(3);
        assertThat(verdict.brokenCaught()).isEqualTo(1);
        assertThat(verdict.table()).hasSize(4).anyMatch(line -> line.matches("Race.BrokenFence .* 3 +caught"));
    }

    @Test
    void isRedWhenATestDidNotRun() {
        tallies.remove(REAL);

        Verdict verdict = Verdict.of(expected, tallies);

        assertThat(verdict.problems()).containsExactly("p.Race.Real: did not run");
        assertThat(verdict.run()).isEqualTo(2);
        assertThat(verdict.table()).anyMatch(line -> line.endsWith("MISSING"));
    }

    @Test
    void isRedWhenNothingRanAtAll() {
        tallies.clear();

        assertThat(Verdict.of(expected, tallies).problems()).hasSize(3);
        assertThat(Verdict.of(new TreeSet<>(), tallies).problems()).containsExactly("there are no race tests");
    }

    @Test
    void isRedWhenSomethingRanThatIsNoTest() {
        put(tally("p.Ghost.Model", 1, 0, 0, 0));

        assertThat(Verdict.of(expected, tallies).problems())
                .containsExactly("p.Ghost.Model: ran, but there is no such class");
    }

    @Test
    void isRedWhenAWeakenedModelShowsNothing() {
        put(tally(BROKEN, 1000, 10, 0, 0));

        Verdict verdict = Verdict.of(expected, tallies);

        assertThat(verdict.problems()).containsExactly("p.Race.BrokenFence: the planted weakness was not caught");
        assertThat(verdict.brokenCaught()).isZero();
        assertThat(verdict.table()).anyMatch(line -> line.endsWith("NOT CAUGHT"));
    }

    @Test
    void isRedWhenAModelOrShippingCodeShowsAForbiddenOutcome() {
        put(tally(MODEL, 1000, 10, 0, 1));
        put(tally(REAL, 1000, 10, 0, 2));

        assertThat(Verdict.of(expected, tallies).problems()).containsExactly(
                "p.Race.Model: 1 samples with a forbidden outcome", "p.Race.Real: 2 samples with a forbidden outcome");
    }

    @Test
    void isRedWhenAWeakenedModelShowsMoreThanItsWeakness() {
        put(tally(BROKEN, 1000, 10, 3, 1));

        assertThat(Verdict.of(expected, tallies).problems())
                .containsExactly("p.Race.BrokenFence: 1 samples with a forbidden outcome");
    }

    @Test
    void isRedWhenTheShippingActorsNeverMet() {
        put(tally(REAL, 1000, 0, 0, 0));

        assertThat(Verdict.of(expected, tallies).problems())
                .containsExactly("p.Race.Real: the actors never met, so this proves nothing");
    }

    @Test
    void isRedWhenATestLeftNoSamples() {
        put(tally(MODEL, 0, 0, 0, 0));

        assertThat(Verdict.of(expected, tallies).problems()).containsExactly("p.Race.Model: no samples");
    }

    @Test
    void isRedWhenAnActorThrew() {
        put(new Tally(REAL, 1, 1000, 10, 0, 0, List.of("status TEST_ERROR", "MemoryModelError: frame 7")));

        assertThat(Verdict.of(expected, tallies).problems()).containsExactly("p.Race.Real: status TEST_ERROR",
                "p.Race.Real: MemoryModelError: frame 7");
    }

    @Test
    void isRedWhenARaceLacksAKindOfTest() {
        expected.remove(BROKEN);
        tallies.remove(BROKEN);

        assertThat(Verdict.of(expected, tallies).problems()).containsExactly("p.Race has no BROKEN test");
    }

    @Test
    void addsUpTheRunsOfATest() {
        Tally sum = tally(REAL, 10, 1, 0, 0).plus(tally(REAL, 20, 2, 0, 1));

        assertThat(sum).isEqualTo(new Tally(REAL, 2, 30, 3, 0, 1, List.of()));
    }

    private void put(Tally tally) {
        tallies.put(tally.test(), tally);
    }

    private static Tally tally(String test, long samples, long overlap, long broken, long forbidden) {
        return new Tally(test, 1, samples, overlap, broken, forbidden, List.of());
    }
}

package io.pinfold.jcstress.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pinfold.jcstress.RacesCommand;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.openjdk.jcstress.infra.TestInfo;
import org.openjdk.jcstress.infra.runners.TestList;

class RaceTestsTest {
    @Test
    void findsTheRacesOfThisModule() {
        assertThat(RaceTests.in(RacesCommand.class)).contains("io.pinfold.jcstress.PinVsUnmap.Model",
                "io.pinfold.jcstress.PinVsFreeze.BrokenLoadThenStore", "io.pinfold.jcstress.GrabVsFreeAndReuse.Real",
                "io.pinfold.jcstress.WalkVsTableFree.RealSlots");
    }

    @Test
    void agreesWithWhatTheAnnotationProcessorWroteForJcstress() {
        assertThat(RaceTests.in(RacesCommand.class)).isEqualTo(new TreeSet<>(TestList.tests()));
    }

    @Test
    void everyRaceHasItsModelItsWeakenedModelAndShippingCode() {
        assertThat(RaceTests.gaps(RaceTests.in(RacesCommand.class))).isEmpty();
    }

    @Test
    void namesWhatARaceLacks() {
        assertThat(RaceTests.gaps(new TreeSet<>(Set.of("p.Race.Model", "p.Race.RealDeep"))))
                .containsExactly("p.Race has no BROKEN test");
        assertThat(RaceTests.gaps(new TreeSet<>(Set.of("p.Race.BrokenFence")))).containsExactly(
                "p.Race has no MODEL test", "p.Race has no REAL test");
    }

    @Test
    void refusesATestThatIsNamedAfterNoKind() {
        assertThatIllegalArgumentException().isThrownBy(() -> Kind.of("p.Race.Simple"))
                .withMessageContaining("p.Race.Simple");
    }

    /** jcstress's report drops an id that two annotations grade, together with its samples. */
    @Test
    void noOutcomeIsGradedTwice() {
        for (String test : RaceTests.in(RacesCommand.class)) {
            TestInfo info = TestList.getInfo(test);
            List<String> ids = info.cases().stream().map(outcome -> outcome.matchPattern()).toList();
            assertThat(ids).as(test).doesNotHaveDuplicates();
        }
    }

    @Test
    void everyTestForbidsWhatItDoesNotList() {
        for (String test : RaceTests.in(RacesCommand.class)) {
            assertThat(TestList.getInfo(test).unmatched().expect().name()).as(test).isEqualTo("FORBIDDEN");
        }
    }

    @Test
    void everyShippingTestMarksTheOutcomesOfAnOverlap() {
        for (String test : RaceTests.in(RacesCommand.class)) {
            assertThat(TestList.getInfo(test).cases()).as(test)
                    .anyMatch(outcome -> outcome.description().startsWith(Tally.OVERLAP_MARK));
        }
    }
}

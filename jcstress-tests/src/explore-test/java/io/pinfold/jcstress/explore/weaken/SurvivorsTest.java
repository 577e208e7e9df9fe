package io.pinfold.jcstress.explore.weaken;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The lists of the weakening: their content, and the reports when searches contradict them. */
class SurvivorsTest {
    private static final LoweringResult SURVIVES = new LoweringResult("A.f#1 | LOAD", "VOLATILE", "ACQUIRE", "",
            Mode.VIEW, 9, "");
    private static final LoweringResult KILLED = SURVIVES.killed("pin-vs-unmap", Mode.VIEW, 3, "I5: pinned");

    private static Survivors listed(String... lines) {
        return Survivors.parse(List.of(lines));
    }

    @Test
    void oneReasonCoversTheLinesBelowIt() {
        Survivors list = listed("lock: under a lock", "A.f#1 | LOAD VOLATILE->ACQUIRE",
                "A.g#1 | LOAD VOLATILE->ACQUIRE",
                "hint: decides nothing", "A.h#1 | LOAD OPAQUE->PLAIN");
        assertThat(list.reasons()).hasSize(3).containsEntry("A.g#1 | LOAD VOLATILE->ACQUIRE",
                new Survivors.Reason("lock", "under a lock"));
        assertThat(list.kinds()).containsEntry("lock", 2L).containsEntry("hint", 1L);
    }

    @Test
    void aSurvivorHasToBeListed() {
        assertThat(listed("lock: under a lock", SURVIVES.name()).differences(List.of(SURVIVES))).isEmpty();
        assertThat(listed().differences(List.of(SURVIVES))).singleElement().asString()
                .startsWith("not on the list").endsWith(SURVIVES.name());
    }

    @Test
    void aListedOneHasToSurvive() {
        assertThat(listed().differences(List.of(KILLED))).isEmpty();
        assertThat(listed("lock: under a lock", KILLED.name()).differences(List.of(KILLED))).singleElement().asString()
                .contains("pin-vs-unmap kills it");
        assertThat(listed("lock: under a lock", KILLED.name()).differences(List.of())).singleElement().asString()
                .contains("no scenario shares");
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> listed("A.f#1 | LOAD VOLATILE->ACQUIRE")).hasMessageContaining("no reason above");
        assertThatThrownBy(() -> listed("what is this")).hasMessageContaining("what is this");
        assertThatThrownBy(() -> listed("lock: x", SURVIVES.name(), SURVIVES.name())).hasMessageContaining("twice");
        assertThatThrownBy(() -> ExtraSearch.parse(List.of(SURVIVES.name())))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ExtraSearch.parse(List.of("A.f#1 | LOAD VOLATILE->WEAK | pin-vs-reclaim view 2 9")))
                .hasMessageContaining("WEAK");
    }

    @Test
    void anExtraSearchIsALine() {
        assertThat(ExtraSearch.parse(List.of(SURVIVES.name() + " | pin-vs-reclaim tso none 5000"))).containsExactly(
                new ExtraSearch(List.of(new ExtraSearch.Step("A.f#1 | LOAD VOLATILE", "ACQUIRE")), "pin-vs-reclaim",
                        Mode.TSO,
                        -1, 5000));
    }

    @Test
    void someAreLoweredTogether() {
        String other = "A.g#1 | CAS VOLATILE->APART";
        ExtraSearch extra = ExtraSearch
                .parse(List.of(SURVIVES.name() + " & " + other + " | pin-vs-reclaim view 2 5000"))
                .getFirst();
        assertThat(extra.steps()).containsExactly(new ExtraSearch.Step("A.f#1 | LOAD VOLATILE", "ACQUIRE"),
                new ExtraSearch.Step("A.g#1 | CAS VOLATILE", "APART"));
        AccessSite first = new AccessSite("A.f#1", Op.Kind.LOAD, Op.Mode.VOLATILE);
        AccessSite second = new AccessSite("A.g#1", Op.Kind.CAS, Op.Mode.VOLATILE);
        LoweringResult result = Lowering.untried(List.of(new Lowering(first, Op.Mode.ACQUIRE, new PlaceNames()),
                new Lowering(second, Lowering.APART, new PlaceNames())));
        assertThat(result.name()).isEqualTo(SURVIVES.name() + " & " + other);
        assertThat(listed().differences(List.of(result))).singleElement().asString().startsWith("not on the list");
    }

    @Test
    void theListsCanBeRead() {
        assertThat(Survivors.list().reasons()).isNotEmpty();
        assertThat(ExtraSearch.list()).doesNotHaveDuplicates();
    }
}

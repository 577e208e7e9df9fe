package io.pinfold.jcstress.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A mutant that lost its place is reported, with the nearest text. */
class AnchorsTest {

    private static final String SOURCE = """
            class Walk {
                int grab(int count) {
                    // PAGE5: add unless zero
                    if (count <= 0) {
                        return 0;
                    }
                    return raise(count,
                            1);
                }

                int other(int count) {
                    if (count <= 0) {
                        return -1;
                    }
                    if (count <= 0) {
                        return -2;
                    }
                    return 0;
                }
            }
            """;

    private final Anchors anchors = new Anchors("Walk.java", SOURCE);

    private static Edit edit(String method, String step, String oldText) {
        return new Edit("core/src/main/java/Walk.java", method, step, oldText, "changed");
    }

    @Test
    void aTextIsFoundInItsMethodAlone() {
        Anchors.Place place = anchors.find(edit("grab", "PAGE5", "if (count <= 0) {"));

        assertThat(place.problem()).isNull();
        assertThat(SOURCE.substring(place.start(), place.end())).isEqualTo("if (count <= 0) {");
    }

    @Test
    void whereLinesBreakIsNoMatter() {
        Anchors.Place place = anchors.find(edit("grab", "-", "return raise(count, 1);"));

        assertThat(place.problem()).isNull();
        assertThat(Anchors.apply(SOURCE, List.of(edit("grab", "-", "")), List.of(place)))
                .contains("        changed\n").doesNotContain("raise");
    }

    @Test
    void aTextThatIsGoneIsToldWithTheNearest() {
        assertThat(anchors.find(edit("grab", "-", "return raise(count, 1024);")).problem())
                .contains("Walk.java, grab: the text is gone: return raise(count, 1024);")
                .contains("nearest: line 7: return raise(count,");
    }

    @Test
    void aMethodThatIsGoneIsToldWithTheNearest() {
        assertThat(anchors.find(edit("take", "-", "if (count <= 0) {")).problem())
                .contains("Walk.java has no method take").contains("nearest: line 4: if (count <= 0) {");
    }

    @Test
    void aTextThatStandsThereTwiceIsRefused() {
        assertThat(anchors.find(edit("other", "-", "if (count <= 0) {")).problem()).contains("stands there 2 times");
    }

    @Test
    void theStepMustBeNamedNearby() {
        assertThat(anchors.find(edit("grab", "PAGE8", "if (count <= 0) {")).problem())
                .contains("no comment names step PAGE8 above line 4");
    }

    @Test
    void whatTheFileDoesNotSayRightIsRefused() {
        assertThatThrownBy(() -> MutantFile.parse("== M01 title\nfoo bar\n")).hasMessageContaining("line 2")
                .hasMessageContaining("foo bar");
        assertThatThrownBy(() -> MutantFile.parse("== M01 title\nrace R1\n")).hasMessageContaining("M01");
        assertThatThrownBy(() -> MutantFile.parse("== M01 one\nopen x\n== M01 two\nopen y\n"))
                .hasMessageContaining("second time");
        assertThatThrownBy(() -> MutantFile.parse("== M01 one\nexplorer pin-vs-unmap\n"))
                .hasMessageContaining("scenario, mode and bound");
    }
}

package io.pinfold.jcstress.spin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpinModelTest {
    static final Path FOLDER = Path.of("src/main/spin");
    private static final int MAX_LINES = 100;

    @Test
    void theFiveCoresForkAndHolePunchHaveAModelEach() throws IOException {
        assertThat(SpinModel.in(FOLDER)).extracting(SpinModel::name).contains("pin_unmap", "freeze_grab",
                "walk_table_free", "free_reuse", "devmap_kill", "fork_fast_pin", "dax_hole_punch");
    }

    @Test
    void everyModelIsShortNamesItsRaceAndCanBeBroken() throws IOException {
        for (SpinModel model : SpinModel.in(FOLDER)) {
            List<String> lines = Files.readAllLines(model.file());
            assertThat(lines).as(model.name()).hasSizeLessThan(MAX_LINES);
            assertThat(model.title()).as(model.name()).matches(".*\\(R\\d+.*");
            assertThat(model.switches()).as(model.name()).isNotEmpty().allSatisfy(missing -> {
                assertThat(missing.what()).isNotBlank();
                assertThat(String.join("\n", lines)).containsPattern("#ifn?def " + missing.name() + "\\b");
            });
        }
    }

    @Test
    void aResultIsJudgedByWhatWasLeftOut() {
        assertThat(new Spin.Result("m", "correct", 0, 10, true, "").isAsItShould()).isTrue();
        assertThat(new Spin.Result("m", "correct", 1, 10, true, "x").isAsItShould()).isFalse();
        assertThat(new Spin.Result("m", "correct", 0, 10, false, "").isAsItShould()).isFalse();
        assertThat(new Spin.Result("m", "NO_WAIT", 1, 10, false, "x").isAsItShould()).isTrue();
        assertThat(new Spin.Result("m", "NO_WAIT", 0, 10, true, "").isAsItShould()).isFalse();
    }
}

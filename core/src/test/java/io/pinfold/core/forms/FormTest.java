package io.pinfold.core.forms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens in another JVM reaches this one: a red test, a run without a test, and classes of the wrong folder. */
class FormTest {
    private static final List<String> PLANTED = List.of(PlantedFailure.class.getName());

    @TempDir
    Path reports;

    @Test
    void aRedTestIsNamedAndReported() throws Exception {
        assertThatThrownBy(() -> tiny().run(PLANTED)).isInstanceOf(AssertionError.class)
                .hasMessageContaining("io.pinfold.core.forms.PlantedFailure.red red()")
                .hasMessageContaining("2 tests ran, 1 failures");
        assertThat(Files.readString(reports.resolve("TEST-junit-jupiter-geometry-tiny.xml")))
                .contains(" tests=\"2\" skipped=\"0\" failures=\"1\" errors=\"0\"");
    }

    @Test
    void withoutTheRedTestItIsGreen() {
        assertThatCode(() -> tiny().withoutTag("red").run(PLANTED)).doesNotThrowAnyException();
    }

    @Test
    void aRunWithoutATestIsRed() {
        assertThatThrownBy(() -> tiny().run(List.of())).isInstanceOf(AssertionError.class)
                .hasMessageContaining("0 tests ran");
        assertThatThrownBy(() -> tiny().run(List.of(FormTest.class.getName() + "$NoTests")))
                .isInstanceOf(AssertionError.class).hasMessageContaining("0 tests ran");
    }

    /** The class path has the tables of one folder, and the proof is told to want those of another. */
    @Test
    void classesOfAnotherFolderAreRed() {
        assertThatThrownBy(() -> tiny().with("pinfold.geometry.folder", "elsewhere").run(PLANTED))
                .isInstanceOf(AssertionError.class).hasMessageContaining("this run needs the TableShape of elsewhere");
    }

    @Test
    void theFormOfTheSlotsReachesTheOtherJvmAndIsSaid() throws Exception {
        tiny().lockedSlots().withoutTag("red").run(PLANTED);
        assertThat(Files.readString(reports.resolve("geometry-tiny-output.txt")))
                .contains("slots: locked, -Dpinfold.slots=locked");
    }

    private Form tiny() {
        return Form.geometry("tiny", "").reportingTo(reports);
    }

    /** A test class with nothing in it. */
    static class NoTests {
    }
}

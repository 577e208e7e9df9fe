package io.pinfold.jcstress.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GateOptionsTest {
    @Test
    void isSixMinutesOfEverythingUnlessSaidOtherwise() {
        assertThat(GateOptions.parse()).isEqualTo(new GateOptions(6, 0, List.of(), null, false));
        assertThat(GateOptions.parse("--minutes", "60").minutes()).isEqualTo(60);
    }

    @Test
    void samplesAreGivenAsANumberOrAsAPowerOfTen() {
        Path totals = Path.of("totals.tsv");

        assertThat(GateOptions.parse("--samples", "1e7", "--totals", "totals.tsv", "--allow-dirty"))
                .isEqualTo(new GateOptions(6, 10_000_000, List.of(), totals, true));
        assertThat(GateOptions.parse("--totals", "totals.tsv", "--samples", "250").samples()).isEqualTo(250);
    }

    @Test
    void testsAreChosenByTheBeginningOfTheirNames() {
        GateOptions options = GateOptions.parse("--tests", "PinVsUnmap,GrabVs");

        assertThat(options.selects("io.pinfold.jcstress.PinVsUnmap.Real")).isTrue();
        assertThat(options.selects("io.pinfold.jcstress.GrabVsSplit.Model")).isTrue();
        assertThat(options.selects("io.pinfold.jcstress.PinVsFork.Real")).isFalse();
        assertThat(GateOptions.parse().selects("anything.At.all")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--minutes", "--minutes 0", "--minutes -1", "--minutes 1.5", "--minutes 99999999", "-m 3",
            "--minutes 3 4", "--samples x --totals t", "--samples 1e-3 --totals t", "--samples 10"})
    void refusesWhatItDoesNotUnderstandAndSaysWhat(String line) {
        String[] args = line.split(" ");
        String culprit = line.endsWith(" 4") ? "4" : args[0];
        assertThatIllegalArgumentException().isThrownBy(() -> GateOptions.parse(args)).withMessageContaining(culprit);
    }
}

package io.pinfold.jcstress.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BudgetTest {
    @Test
    void isFiveMinutesUnlessSaidOtherwise() {
        assertThat(Budget.parse()).isEqualTo(new Budget(5));
        assertThat(Budget.parse("--minutes", "60")).isEqualTo(new Budget(60));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--minutes", "--minutes 0", "--minutes -1", "--minutes 1.5", "--minutes 99999999", "-m 3",
            "--minutes 3 4"})
    void refusesWhatItDoesNotUnderstandAndSaysWhat(String line) {
        String[] args = line.split(" ");
        assertThatIllegalArgumentException().isThrownBy(() -> Budget.parse(args)).withMessageContaining(args[0]);
    }

    @ParameterizedTest
    @CsvSource({"3, 16", "4, 40", "60, 16", "600, 16"})
    void staysWithinItsMinutes(int minutes, int tests) {
        Budget budget = new Budget(minutes);
        int forks = tests * (minutes <= 5 ? 1 : 4);

        assertThat(forks * budget.iterations(tests)).isBetween(minutes * 60 / 2, minutes * 60);
    }

    @Test
    void runsAtLeastTwiceAsTheFirstIterationWarmsUp() {
        assertThat(new Budget(1).iterations(1000)).isEqualTo(2);
    }

    @Test
    void triesEveryJvmModeOnlyWhenThereIsTime() {
        assertThat(new Budget(3).options(16)).contains("-jvmArgs").doesNotContain("-jvmArgsPrepend");
        assertThat(new Budget(30).options(16)).contains("-jvmArgsPrepend").doesNotContain("-jvmArgs");
    }
}

package io.pinfold.jcstress.gate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetTest {
    @ParameterizedTest
    @CsvSource({"3, 16", "4, 40", "60, 16", "600, 16"})
    void staysWithinItsMinutes(int minutes, int tests) {
        Budget budget = new Budget(minutes);
        int forks = tests * (minutes <= 6 ? 1 : 4);

        assertThat(forks * budget.iterations(tests)).isBetween(minutes * 60 / 2, minutes * 60);
    }

    @Test
    void runsAtLeastTwiceAsTheFirstIterationWarmsUp() {
        assertThat(new Budget(1).iterations(1000)).isEqualTo(2);
    }

    @Test
    void runsOneTestForSomeSecondsAsUsersDo() {
        assertThat(Budget.optionsForSeconds(40)).containsSequence("-iters", "40").contains("-jvmArgs");
        assertThat(Budget.optionsForSeconds(1)).containsSequence("-iters", "2");
    }

    @Test
    void triesEveryJvmModeOnlyWhenThereIsTime() {
        assertThat(new Budget(3).options(16)).contains("-jvmArgs").doesNotContain("-jvmArgsPrepend");
        assertThat(new Budget(30).options(16)).contains("-jvmArgsPrepend").doesNotContain("-jvmArgs");
    }
}

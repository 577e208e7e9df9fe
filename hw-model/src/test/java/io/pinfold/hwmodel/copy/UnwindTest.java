package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Everything is given back, last first, though some of the steps fail. */
class UnwindTest {
    private static final int STEPS = 4;

    @Test
    void everyStepIsTakenThoughSomeFail() {
        for (int failing = 0; failing < 1 << STEPS; failing++) {
            List<Integer> taken = new ArrayList<>();
            Unwind unwind = new Unwind();
            for (int step = 0; step < STEPS; step++) {
                int number = step;
                boolean fails = (failing & 1 << step) != 0;
                unwind.push("step " + step, () -> {
                    taken.add(number);
                    if (fails) {
                        throw new IllegalArgumentException("no " + number);
                    }
                });
            }
            Throwable thrown = catchThrowable(unwind::close);
            assertThat(taken).as("failing 0x%x", failing).containsExactly(3, 2, 1, 0);
            if (failing == 0) {
                assertThat(thrown).isNull();
            } else {
                int first = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(failing);
                assertThat(thrown).hasMessage("giving back step " + first + ": no " + first);
                assertThat(thrown.getSuppressed()).hasSize(Integer.bitCount(failing) - 1);
            }
            unwind.close(); // there is nothing left
            assertThat(taken).hasSize(STEPS);
        }
    }
}

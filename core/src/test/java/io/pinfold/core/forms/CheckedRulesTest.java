package io.pinfold.core.forms;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Checked memory in every run of the tests: each of its rules is broken once, by the tests that are compiled with it,
 * and the classes run on it in which most calls take something away.
 */
class CheckedRulesTest {

    @Test
    void everyRuleIsBrokenOnce() throws IOException, InterruptedException {
        Form.checked("checked-rules").run(ClassList.in(Form.checkedFolder(),
                List.of("**/CheckedWordsTest.java", "**/CheckedFlushTest.java", "**/CheckedHoldsTest.java"),
                List.of()));
    }

    @Test
    void whatIsTakenAwayIsFlushed() throws IOException, InterruptedException {
        Form.checked("checked-quick").withoutTag("unchecked").run(ClassList.of("checked-quick.txt"));
    }
}

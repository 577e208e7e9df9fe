package io.pinfold.core.forms;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every rule of checked memory broken once, by the tests that are compiled with it. */
class CheckedRulesTest {

    @Test
    void everyRuleIsBrokenOnce() throws IOException, InterruptedException {
        Form.checked("checked-rules").run(ClassList.in(Form.checkedFolder(),
                List.of("**/CheckedWordsTest.java", "**/CheckedFlushTest.java", "**/CheckedHoldsTest.java"),
                List.of()));
    }
}

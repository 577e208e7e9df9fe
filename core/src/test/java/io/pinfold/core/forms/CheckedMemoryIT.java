package io.pinfold.core.forms;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The unit and random tests of this module once more, on checked memory, and with locked slots. */
class CheckedMemoryIT {

    /** An error thrown under a lock may leave a thread that waits for ever; it has been printed by then. */
    @Test
    void everyAccessIsAllowed() throws IOException, InterruptedException {
        Form.checked("checked").lockedSlots().withoutTag("unchecked").within(20)
                .run(ClassList.of("checked-long.txt", "checked-without.txt"));
    }
}

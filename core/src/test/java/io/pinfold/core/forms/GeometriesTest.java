package io.pinfold.core.forms;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A few test classes of this module once more, on the two page tables that differ most from the default ones. */
class GeometriesTest {
    private static final String LIST = "geometries-quick.txt";

    @Test
    void tiny() throws IOException, InterruptedException {
        Form.geometry("tiny", "").withoutTag("wide").run(ClassList.of(LIST));
    }

    @Test
    void splitEntries() throws IOException, InterruptedException {
        Form.geometry("split", "").run(ClassList.of(LIST));
    }
}

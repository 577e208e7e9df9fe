package io.pinfold.core.forms;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Test classes of this module once more, on every other kind of page tables. */
class GeometriesIT {
    private static final String LIST = "geometries-long.txt";
    private static final String LONG = "-long";

    @Test
    void tiny() throws IOException, InterruptedException {
        Form.geometry("tiny", LONG).withoutTag("wide").run(ClassList.of(LIST));
    }

    @Test
    void splitEntries() throws IOException, InterruptedException {
        Form.geometry("split", LONG).with("pinfold.entries.rounds", "30000000").run(ClassList.of(LIST));
    }

    @Test
    void foldedLevel() throws IOException, InterruptedException {
        Form.geometry("folded", LONG).run(ClassList.of(LIST));
    }

    @Test
    void hugepd() throws IOException, InterruptedException {
        Form.geometry("hugepd", LONG).withoutTag("wide").run(ClassList.of(LIST));
    }

    @Test
    void leavesUpToTheRoot() throws IOException, InterruptedException {
        Form.geometry("rootleaf", LONG).withoutTag("wide").run(ClassList.of(LIST));
    }
}

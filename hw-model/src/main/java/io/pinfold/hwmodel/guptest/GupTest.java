package io.pinfold.hwmodel.guptest;

import java.util.function.IntConsumer;

/** The job behind {@code pinfold gup-test}. */
public final class GupTest {

    private GupTest() {
    }

    /**
     * Opens a memory, makes and checks all calls, and gives everything back.
     *
     * @param done called after each run of a call with the number of runs so far
     * @return the report, which names a failure as a finding
     * @throws GupTestRefusedException when the test cannot start with these options
     */
    public static GupTestReport run(GupTestOptions options, IntConsumer done) {
        return run(options, MemoryPlan.of(options), done);
    }

    static GupTestReport run(GupTestOptions options, MemoryPlan plan, IntConsumer done) {
        try (GupTestRun run = GupTestRun.open(options, plan)) {
            if (run.setUp()) {
                run.callAll(done);
            }
            return run.finish();
        }
    }
}

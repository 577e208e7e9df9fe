package io.pinfold.hwmodel.guptest;

import java.util.function.IntConsumer;

/** The job behind {@code pinfold gup-test}. */
public final class GupTest {

    private GupTest() {
    }

    /**
     * Opens a memory, makes all calls, checks, and gives everything back.
     *
     * @param done told after each run of a call how many there have been
     * @return also when something failed: then with a finding that says so
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

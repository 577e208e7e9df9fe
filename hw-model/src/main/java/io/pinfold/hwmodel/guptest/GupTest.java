package io.pinfold.hwmodel.guptest;

/** The job behind {@code pinfold gup-test}. */
public final class GupTest {

    private GupTest() {
    }

    /**
     * Opens a memory, makes all calls, checks, and gives everything back.
     *
     * @return also when something failed: then with a finding that says so
     * @throws GupTestRefusedException when the test cannot start with these options
     */
    public static GupTestReport run(GupTestOptions options) {
        return run(options, MemoryPlan.of(options));
    }

    static GupTestReport run(GupTestOptions options, MemoryPlan plan) {
        try (GupTestRun run = GupTestRun.open(options, plan)) {
            if (run.setUp()) {
                run.callAll();
            }
            return run.finish();
        }
    }
}

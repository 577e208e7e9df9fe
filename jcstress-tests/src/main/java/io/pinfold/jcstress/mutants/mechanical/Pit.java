package io.pinfold.jcstress.mutants.mechanical;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** Runs PIT once. */
@FunctionalInterface
public interface Pit {

    /**
     * One run.
     *
     * @param classes to change, top-level ones without {@code io.pinfold.}; their nested classes belong to them
     * @param only    the mutants to try; empty for all of the classes
     * @param module  of the tests
     * @param tests   test classes without {@code io.pinfold.}
     * @param isAlone whether each mutant gets a JVM of its own
     */
    record Task(List<String> classes, List<PitMutant> only, String module, List<String> tests, boolean isAlone) {
    }

    /**
     * Runs the tests on each mutant.
     *
     * @param limit how long it may take
     * @return the mutants with their verdicts
     * @throws IOException      if it is no result: a test is red without a mutant, or PIT failed
     * @throws TimeoutException at the limit; all of its processes have ended
     */
    List<PitMutant> run(Task task, Duration limit) throws IOException, InterruptedException, TimeoutException;
}

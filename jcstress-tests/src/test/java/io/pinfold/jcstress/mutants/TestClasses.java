package io.pinfold.jcstress.mutants;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Locale;
import java.util.Optional;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * The child JVM of the mutants' unit and random checks: runs test classes in the order given, until the first failure.
 *
 * <p>{@code TestClasses CLASS=SECONDS...}. Exit code 0 all green, 1 a test failed (line {@code FAILED}), 3 a class ran
 * longer than its SECONDS (line {@code HANGS}).
 */
final class TestClasses {

    private TestClasses() {
    }

    public static void main(String[] args) {
        for (String arg : args) {
            String name = arg.substring(0, arg.indexOf('='));
            int seconds = Integer.parseInt(arg.substring(name.length() + 1));
            long start = System.nanoTime();
            Thread watch = watch(name, seconds);
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request().selectors(selectClass(name))
                    .build();
            SummaryGeneratingListener summary = new SummaryGeneratingListener();
            LauncherFactory.create().execute(request, summary, new FirstFailure(name));
            watch.interrupt();
            System.out.printf(Locale.ROOT, "GREEN %s, %d tests, seconds: %.1f%n", name,
                    summary.getSummary().getTestsSucceededCount(), (System.nanoTime() - start) / 1e9);
        }
        System.out.flush();
        Runtime.getRuntime().halt(0); // threads of tests may be left
    }

    private static Thread watch(String name, int seconds) {
        Thread watch = new Thread(() -> {
            try {
                Thread.sleep(seconds * 1000L);
                System.out.println("HANGS " + name + ": more than " + seconds + " s");
                System.out.flush();
                Runtime.getRuntime().halt(3);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "watch");
        watch.setDaemon(true);
        watch.start();
        return watch;
    }

    /** Ends the JVM at once: the mutant is killed, and other threads of the test may never end. */
    private record FirstFailure(String className) implements TestExecutionListener {

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                String why = result.getThrowable().map(Throwable::toString).orElse("").lines()
                        .filter(line -> !line.isBlank()).findFirst().orElse("");
                System.out.println("FAILED " + className + where(test) + ": " + why);
                result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(System.out));
                System.out.flush();
                Runtime.getRuntime().halt(1);
            }
        }

        private static String where(TestIdentifier test) {
            Optional<String> method = test.getSource().filter(source -> !(source instanceof ClassSource))
                    .filter(MethodSource.class::isInstance)
                    .map(source -> "." + ((MethodSource) source).getMethodName());
            return method.orElse("");
        }
    }
}

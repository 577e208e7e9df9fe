package io.pinfold.core.forms;

import io.pinfold.core.words.HeavyFence;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.junit.platform.reporting.legacy.xml.LegacyXmlReportGeneratingListener;

/** The main class of a JVM that runs tests on a {@link Form}. Its report counts in the last line of a build. */
public final class Fork {
    /** What a line about the result begins with, to tell it from the output of the tests. */
    static final String RESULT = "fork: ";
    private static final int RED = 1;
    private static final int NO_TESTS = 2;

    private Fork() {
    }

    /** The folder of the reports, what their names end with, the tag to leave out or nothing, then test classes. */
    public static void main(String[] arguments) throws IOException {
        endWithTheParent();
        Path reports = Path.of(arguments[0]);
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request()
                .selectors(Stream.of(arguments).skip(3).map(DiscoverySelectors::selectClass).toList());
        if (!arguments[2].isEmpty()) {
            request.filters(TagFilter.excludeTags(arguments[2]));
        }
        var results = new SummaryGeneratingListener();
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        LauncherFactory.create().execute(request.build(), results, new LegacyXmlReportGeneratingListener(reports, out));
        int exit = print(results.getSummary(), out);
        if (exit != NO_TESTS) {
            // The listener names every report alike. Surefire's own are named after classes.
            Files.move(reports.resolve("TEST-junit-jupiter.xml"),
                    reports.resolve("TEST-junit-jupiter-" + arguments[1] + ".xml"),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        System.exit(exit);
    }

    /** Prints what failed, and gives the exit code. */
    private static int print(TestExecutionSummary summary, PrintWriter out) {
        summary.printFailuresTo(out, Integer.MAX_VALUE);
        out.println();
        summary.getFailures().forEach(failure -> out.println(RESULT + "failed: " + name(failure.getTestIdentifier())
                + ": " + failure.getException().toString().lines().findFirst().orElse("")));
        out.println(RESULT + summary.getTestsStartedCount() + " tests ran, " + summary.getTotalFailureCount()
                + " failures; slots: " + HeavyFence.form());
        if (summary.getTotalFailureCount() != 0) {
            return RED;
        }
        return summary.getTestsStartedCount() == 0 ? NO_TESTS : 0;
    }

    private static String name(TestIdentifier test) {
        String place = switch (test.getSource().orElse(null)) {
            case MethodSource method -> method.getClassName() + "." + method.getMethodName() + " ";
            case ClassSource type -> type.getClassName() + " ";
            case null, default -> "";
        };
        return place + test.getDisplayName();
    }

    /** Ends this JVM when its parent is killed: standard input is a pipe, and the parent writes nothing into it. */
    private static void endWithTheParent() {
        Thread.ofPlatform().daemon().name("end-with-the-parent").start(() -> {
            try {
                System.in.read();
            } catch (IOException e) {
                // as good as its end
            }
            Runtime.getRuntime().halt(RED);
        });
    }
}

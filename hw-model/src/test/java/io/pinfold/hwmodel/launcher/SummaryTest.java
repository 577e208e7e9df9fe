package io.pinfold.hwmodel.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.condition.OS.LINUX;
import static org.junit.jupiter.api.condition.OS.MAC;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.io.TempDir;

/** The last line of a build, and that {@code ./mvnw} prints it when, and only when, tests were asked for. */
@EnabledOnOs({LINUX, MAC})
class SummaryTest {

    private static final String FAKE_MAVEN = """
            echo "maven $*"
            for module in core jcstress-tests; do
              mkdir -p $module/target
              [ ! -d new/$module ] || cp -r new/$module/. $module/target/
            done
            exit "${FAKE_EXIT:-0}"
            """;

    @TempDir
    Path top;

    @BeforeEach
    void makeATree() throws IOException {
        Script.writeExecutable(top.resolve("mvnw"), Files.readString(Script.TOP.resolve("mvnw")));
        Script.writeExecutable(top.resolve(".ci/summary"), Files.readString(Script.TOP.resolve(".ci/summary")));
        Script.writeExecutable(top.resolve(".mvn/wrapper/mvnw"), FAKE_MAVEN);
        for (String module : new String[]{"core", "jcstress-tests"}) {
            Script.write(top.resolve(module).resolve("pom.xml"), "<project/>");
        }
        test("ATest", "");
        test("BTest", "");
        test("CIT", "");
        report("surefire-reports", "TEST-p.ATest.xml", 10, 0, 0, 1);
        report("surefire-reports", "TEST-p.BTest$Inner.xml", 5, 0, 0, 0);
        report("failsafe-reports", "TEST-p.CIT.xml", 3, 0, 0, 0);
        Script.write(top.resolve("new/jcstress-tests/jcstress-gate.properties"), "jcstress=19\nbrokenCaught=7\n");
    }

    @Test
    void verifyCountsEverything() throws Exception {
        Script.Result result = mvnw("-B", "verify");
        assertThat(result.exitCode()).isZero();
        assertThat(result.out())
                .isEqualTo("maven -B verify\npinfold: tests=18 failed=0 skipped=1 jcstress=19 brokenCaught=7\n");
    }

    @Test
    void testLeavesOutLongTestsAndRaces() throws Exception {
        assertThat(mvnw("-B", "test").out())
                .endsWith("\npinfold: tests=15 failed=0 skipped=1 jcstress=0 brokenCaught=0\n");
    }

    @Test
    void reportsOfAnEarlierRunDoNotCount() throws Exception {
        mvnw("verify");
        Files.delete(top.resolve("new/core/surefire-reports/TEST-p.ATest.xml"));
        Path left = top.resolve("core/target/surefire-reports/TEST-p.ATest.xml");
        Files.setLastModifiedTime(left, FileTime.from(Instant.EPOCH));
        Script.Result result = mvnw("verify");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("pinfold: reports are missing: p.ATest: tests=8 ");
    }

    @Test
    void aLostGateIsNoticed() throws Exception {
        Files.delete(top.resolve("new/jcstress-tests/jcstress-gate.properties"));
        Script.Result result = mvnw("verify");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("missing: jcstress-gate: ");
    }

    @Test
    void aLostReportOfTheExplorerIsNoticed() throws Exception {
        Script.write(top.resolve("jcstress-tests/src/explore-test/java/p/SearchTest.java"),
                "package p;\n\nclass SearchTest {\n}\n");
        Script.Result result = mvnw("test");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("missing: p.SearchTest: ");
        Script.write(top.resolve("new/jcstress-tests/surefire-reports/TEST-p.SearchTest-explore.xml"),
                "<testsuite name=\"p.SearchTest\" tests=\"2\" errors=\"0\" skipped=\"0\" failures=\"0\">\n");
        assertThat(mvnw("test").out()).endsWith("\npinfold: tests=17 failed=0 skipped=1 jcstress=0 brokenCaught=0\n");
    }

    @Test
    void whatWasLeftOutOnPurposeIsNotMissed() throws Exception {
        test("DTest", "abstract ");
        assertThat(mvnw("verify").exitCode()).as("an abstract class reports nothing").isZero();
        test("ETest", "");
        assertThat(mvnw("verify").exitCode()).isEqualTo(1);
        assertThat(mvnw("test", "-pl", "core").exitCode()).isZero();
        assertThat(mvnw("test", "-Dtest=ATest").exitCode()).isZero();
    }

    @Test
    void failuresAndErrorsAreCountedAndMavensExitCodeIsKept() throws Exception {
        report("surefire-reports", "TEST-p.ATest.xml", 10, 2, 1, 1);
        Script.Result result = mvnw(Map.of("FAKE_EXIT", "7"), "verify");
        assertThat(result.exitCode()).isEqualTo(7);
        assertThat(result.out()).contains("pinfold: build failed (exit 7): tests=18 failed=3 skipped=1 ");
    }

    @Test
    void withoutTestsThereIsNoLine() throws Exception {
        for (String[] arguments : new String[][]{{"clean"}, {"package", "-DskipTests"},
                {"-q", "-Dmaven.test.skip=true", "package"}, {"-f", "core/pom.xml", "verify"}}) {
            assertThat(mvnw(arguments).out()).isEqualTo("maven " + String.join(" ", arguments) + "\n");
        }
        assertThat(mvnw("-fae", "test").out()).contains("pinfold: tests=15 ");
    }

    private Script.Result mvnw(String... arguments) throws IOException, InterruptedException {
        return mvnw(Map.of(), arguments);
    }

    private Script.Result mvnw(Map<String, String> more, String... arguments) throws IOException, InterruptedException {
        Map<String, String> environment = new HashMap<>(more);
        environment.put("PATH", System.getenv("PATH"));
        return Script.run(top, top, environment, top.resolve("mvnw"), arguments);
    }

    private void test(String name, String modifier) throws IOException {
        Script.write(top.resolve("core/src/test/java/p/" + name + ".java"),
                "package p;\n\n" + modifier + "class " + name + " {\n}\n");
    }

    private void report(String folder, String name, int tests, int failures, int errors, int skipped)
            throws IOException {
        Script.write(top.resolve("new/core").resolve(folder).resolve(name), """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuite version="3.0.2" name="x" time="0.1" tests="%d" errors="%d" skipped="%d" failures="%d">
                  <system-out><![CDATA[<testsuite tests="1000">]]></system-out>
                </testsuite>
                """.formatted(tests, errors, skipped, failures));
    }
}

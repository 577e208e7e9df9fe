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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The launcher in a tree of its own, with a JDK and a Maven that only record their calls: the tests check what is built
 * and started, and the exit code.
 */
@EnabledOnOs({LINUX, MAC})
class LauncherTest {

    private static final String FAKE_JAVA = """
            #!/bin/sh
            if [ "$1" = -version ]; then
              echo "Picked up JAVA_TOOL_OPTIONS: -Dx=y" >&2
              echo 'openjdk version "@VERSION@.0.1" 2026-01-20 "LTS"' >&2
              exit 0
            fi
            for argument in "$@"; do
              if [ "$argument" = io.pinfold.hwmodel.cli.Probe ]; then
                [ -z "${FAKE_PROBE:-}" ] || { echo "$FAKE_PROBE"; exit "${FAKE_JVM_EXIT:-1}"; }
                echo "the command line is there"
                exit 0
              fi
            done
            [ -z "${FAKE_JVM_EXIT:-}" ] || { echo "ERROR: bind failed" >&2; exit "$FAKE_JVM_EXIT"; }
            stayed=
            for argument in "$@"; do
              case $argument in -Dpinfold.unreached=*) rm "${argument#*=}" && stayed=yes ;; esac
            done
            [ -z "${FAKE_LONG:-}" ] || [ -z "$stayed" ] || { # else the parent is the test
              trap 'echo "told to end"; exit 143' TERM
              kill "$PPID"
              i=0
              while [ $i -lt 20000000 ]; do i=$((i + 1)); done # not for ever, in case nothing tells it
            }
            echo "java of @VERSION@"
            echo "LC_CTYPE=${LC_CTYPE:-} LC_ALL=${LC_ALL:-}"
            for argument in "$@"; do printf '<%s>\\n' "$argument"; done
            exit "${FAKE_EXIT:-0}"
            """;

    private static final String JDWP = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=y";

    private static final String FAKE_MAVEN = """
            #!/bin/sh
            echo "$*" >> mvnw-calls.txt
            echo "JAVA25_HOME=$JAVA25_HOME" >> mvnw-calls.txt
            echo "JAVA_HOME=$JAVA_HOME" >> mvnw-calls.txt
            [ -z "${FAKE_BUILD_EXIT:-}" ] || { echo "[ERROR] it does not compile"; exit "$FAKE_BUILD_EXIT"; }
            version=$(sed -n 's/.*<version>\\(.*\\)<.version>.*/\\1/p' pom.xml)
            for module in core fastpath hw-model; do
              mkdir -p $module/target/lib
              echo jar > $module/target/pinfold-$module-$version.jar
            done
            mkdir -p jmh/target/lib
            echo jar > jmh/target/pinfold-jmh-$version.jar
            for module in hw-model jmh; do
              echo jar > $module/target/lib/agrona-$version.jar
              echo jar > $module/target/lib/pinfold-core-$version.jar
              echo "lib/pinfold-core-$version.jar:lib/agrona-$version.jar" > $module/target/pinfold.lib
            done
            """;

    @TempDir
    Path temporary;

    private Path top;
    private Path jdks;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void makeATree() throws IOException {
        top = temporary.resolve("a tree");
        jdks = temporary.resolve("jdks");
        Files.createDirectories(jdks);
        Path launcher = top.resolve("pinfold");
        Script.writeExecutable(launcher, Files.readString(Script.TOP.resolve("pinfold")));
        Script.writeExecutable(top.resolve("mvnw"), FAKE_MAVEN);
        version("1");
        Script.write(top.resolve("hw-model/src/main/resources/io/pinfold/hwmodel/cli/commands.txt"),
                "# name module text\ndma-copy hw-model Copies.\nbench jmh Measures.\n");
        for (String module : new String[]{"core", "fastpath", "hw-model", "jmh"}) {
            Script.write(top.resolve(module).resolve("pom.xml"), "<project/>");
            Script.write(top.resolve(module).resolve("src/main/java/A.java"), "class A {}");
            Script.write(top.resolve(module).resolve("src/main/java/B.java"), "class B {}");
        }
        environment.put("PATH", pathWithoutJava());
        environment.put("PINFOLD_JVM_DIRS", jdks.toString());
        environment.put("TMPDIR", Files.createDirectories(temporary.resolve("tmp")).toString());
    }

    @Test
    void withoutAJdkItSaysWhereItLookedAndWhatToDo() throws Exception {
        Path tooOld = jdk("old", 24);
        Script.Result result = launch("dma-copy");
        assertThat(result.exitCode()).isEqualTo(72);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("JDK 25").contains("24: " + tooOld).contains(jdks.toString())
                .contains("PINFOLD_JAVA_HOME").contains("Install");
        assertThat(top.resolve("mvnw-calls.txt")).doesNotExist();
    }

    @Test
    void aRuntimeWithoutCompilerIsNoJdk() throws Exception {
        Files.delete(jdk("runtime", 25).resolve("bin/javac"));
        Script.Result result = launch("dma-copy");
        assertThat(result.exitCode()).isEqualTo(72);
        assertThat(result.err()).contains("no JDK: " + jdks.resolve("runtime"));
    }

    @Test
    void theNamedJdkComesFirstThenJavaHomeThenTheRest() throws Exception {
        jdk("installed", 25);
        assertThat(launch().out()).contains("java of 25");
        environment.put("JAVA_HOME", jdk("home", 26).toString());
        assertThat(launch().out()).contains("java of 26");
        environment.put("PINFOLD_JAVA_HOME", jdk("named", 27).toString());
        assertThat(launch().out()).contains("java of 27");
        environment.put("PINFOLD_JAVA_HOME", jdk("outdated", 17).toString());
        assertThat(launch().out()).as("a JDK that is too old is passed over").contains("java of 26");
    }

    @Test
    void theBuildUsesTheJdkThatWasFound() throws Exception {
        Path found = jdk("installed", 25);
        launch();
        assertThat(calls()).contains("JAVA25_HOME=" + found).contains("-pl hw-model -am");
    }

    @Test
    void argumentsArriveWordByWordAndTheExitCodeComesBack() throws Exception {
        jdk("installed", 25);
        environment.put("FAKE_EXIT", "1");
        Script.Result result = launch("dma-copy", "a file", "*", "", "--json=x y");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).contains("<--enable-native-access=ALL-UNNAMED>")
                .endsWith("<io.pinfold.hwmodel.cli.Main>\n<dma-copy>\n<a file>\n<*>\n<>\n<--json=x y>\n");
        environment.put("FAKE_EXIT", "2");
        assertThat(launch("nonsense").exitCode()).isEqualTo(2);
    }

    @Test
    void theClassPathHoldsEachJarOnce() throws Exception {
        jdk("installed", 25);
        assertThat(launch().out()).contains("<" + top.toRealPath() + "/core/target/pinfold-core-1.jar:"
                + top.toRealPath()
                + "/fastpath/target/pinfold-fastpath-1.jar:" + top.toRealPath()
                + "/hw-model/target/pinfold-hw-model-1.jar:" + top.toRealPath() + "/hw-model/target/lib/agrona-1.jar>");
    }

    @Test
    void itBuildsWithOneLineWhenSomethingIsMissingAndIsSilentAfterwards() throws Exception {
        jdk("installed", 25);
        Script.Result first = launch();
        assertThat(first.exitCode()).isZero();
        assertThat(first.err().lines()).singleElement().asString().contains("building").contains("not built yet");
        assertThat(launch().err()).isEmpty();
        Files.delete(top.resolve("fastpath/target/pinfold-fastpath-1.jar"));
        assertThat(launch().err()).contains("building");
        assertThat(launch().err()).isEmpty();
    }

    @Test
    void itBuildsAgainWhenASourceChangesAppearsOrGoes() throws Exception {
        jdk("installed", 25);
        launch();
        Path stamp = top.resolve("hw-model/target/pinfold.stamp");

        Path source = top.resolve("core/src/main/java/A.java");
        makeNewer(source, stamp);
        assertThat(launch().err()).contains("core/src/main/java/A.java changed");
        makeOld(source);

        Script.write(top.resolve("hw-model/src/main/java/New.java"), "class New {}");
        makeNewer(top.resolve("hw-model/src/main/java"), stamp);
        assertThat(launch().err()).contains("building");
        makeOld(top.resolve("hw-model/src/main/java/New.java"));
        makeOld(top.resolve("hw-model/src/main/java"));

        Files.delete(top.resolve("fastpath/src/main/java/B.java"));
        makeNewer(top.resolve("fastpath/src/main/java"), stamp);
        assertThat(launch().err()).contains("building");
        makeOld(top.resolve("fastpath/src/main/java"));

        makeNewer(top.resolve("pom.xml"), stamp);
        assertThat(launch().err()).contains("pom.xml changed");
        makeOld(top.resolve("pom.xml"));
        assertThat(launch().err()).isEmpty();
    }

    @Test
    void aFailedBuildIs70AndIsTriedAgain() throws Exception {
        jdk("installed", 25);
        environment.put("FAKE_BUILD_EXIT", "1");
        Script.Result result = launch("dma-copy");
        assertThat(result.exitCode()).isEqualTo(70);
        assertThat(result.out()).as("results go to stdout, complaints do not").isEmpty();
        assertThat(result.err()).contains("it does not compile").contains("the build failed (exit 1)");
        assertThat(launch("dma-copy").exitCode()).isEqualTo(70);
        environment.remove("FAKE_BUILD_EXIT");
        assertThat(launch("dma-copy").exitCode()).isZero();
    }

    @Test
    void itWorksFromAnywhereAndThroughSymbolicLinks() throws Exception {
        jdk("installed", 25);
        Path elsewhere = Files.createDirectories(temporary.resolve("some where/else"));
        Path absolute = Files.createSymbolicLink(elsewhere.resolve("absolute"), top.resolve("pinfold"));
        Path relative = Files.createSymbolicLink(elsewhere.resolve("relative"), Path.of("absolute"));
        for (Path link : new Path[]{absolute, relative}) {
            Script.Result result = Script.run(elsewhere, temporary, environment, link, "x");
            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.out()).contains(top.toRealPath() + "/core/target/pinfold-core-1.jar");
        }
        assertThat(elsewhere.resolve("mvnw-calls.txt")).doesNotExist();
    }

    @Test
    void afterAChangeOfVersionTheOldJarsAreLeftOut() throws Exception {
        jdk("installed", 25);
        launch();
        version("2");
        makeOld(top.resolve("pom.xml"));
        Script.Result result = launch();
        assertThat(result.err()).contains("building").contains("not built yet");
        assertThat(top.resolve("core/target/pinfold-core-1.jar")).exists();
        assertThat(result.out()).contains("pinfold-core-2.jar", "lib/agrona-2.jar").doesNotContain("-1.jar");
        assertThat(launch().err()).isEmpty();
    }

    @Test
    void aJdkWithoutAReleaseFileTellsItsVersionItself() throws Exception {
        Files.delete(jdk("unnamed", 25).resolve("release"));
        assertThat(launch().out()).contains("java of 25");
        Files.delete(jdk("older", 17).resolve("release"));
        environment.put("JAVA_HOME", jdks.resolve("older").toString());
        assertThat(launch().out()).contains("java of 25");
        Script.write(jdks.resolve("unnamed/release"), "IMPLEMENTOR=\"somebody\"\n");
        assertThat(launch().out()).as("a release file that names no version").contains("java of 25");
    }

    @Test
    void aWrongOrOldJavaHomeDoesNotReachTheBuild() throws Exception {
        Path found = jdk("installed", 25);
        environment.put("JAVA_HOME", temporary.resolve("nowhere").toString());
        assertThat(launch().exitCode()).isZero();
        assertThat(calls()).contains("JAVA_HOME=" + found);
        Files.delete(top.resolve("mvnw-calls.txt"));
        Files.delete(top.resolve("core/target/pinfold-core-1.jar"));
        environment.put("JAVA_HOME", jdk("old", 8).toString());
        assertThat(launch().exitCode()).isZero();
        assertThat(calls()).contains("JAVA_HOME=" + found).doesNotContain("JAVA_HOME=" + jdks.resolve("old"));
    }

    @Test
    void anEmptyJarIsBuiltAnew() throws Exception {
        jdk("installed", 25);
        launch();
        for (String jar : new String[]{"core/target/pinfold-core-1.jar", "hw-model/target/lib/agrona-1.jar"}) {
            Files.write(top.resolve(jar), new byte[0]);
            assertThat(launch().err()).contains("building").contains(jar);
            assertThat(launch().err()).isEmpty();
        }
    }

    @Test
    void whatMavenBuiltIsNotBuiltAgain() throws Exception {
        jdk("installed", 25);
        for (int i = 0; i < 2; i++) { // without any build of the launcher's own, then after an older one
            Path source = top.resolve("core/src/main/java/A.java");
            Script.Result maven = Script.run(top, temporary, environment, top.resolve("mvnw"));
            assertThat(maven.exitCode()).as(maven.err()).isZero();
            for (String module : new String[]{"core", "fastpath", "hw-model"}) {
                makeNewer(top.resolve(module + "/target/pinfold-" + module + "-1.jar"), source);
            }
            Files.delete(top.resolve("mvnw-calls.txt"));
            assertThat(launch().err()).isEmpty();
            assertThat(top.resolve("mvnw-calls.txt")).doesNotExist();
            makeNewer(source, top.resolve("core/target/pinfold-core-1.jar"));
            assertThat(launch().err()).contains("core/src/main/java/A.java changed");
            makeNewer(source, top.resolve("hw-model/target/pinfold.built"));
        }
    }

    @Test
    void aFolderThatNoClassPathCanHoldIsRefused() throws Exception {
        jdk("installed", 25);
        Path colon = temporary.resolve("a:tree");
        Files.move(top, colon);
        top = colon;
        Script.Result result = launch("dma-copy");
        assertThat(result.exitCode()).isEqualTo(78);
        assertThat(result.err()).contains("colon").contains("a:tree");
    }

    @Test
    void fileNamesAreSpelledInUnicodeUnlessTheLocaleSaysOtherwise() throws Exception {
        jdk("installed", 25);
        assertThat(launch().out()).contains("LC_CTYPE=C.UTF-8 LC_ALL=\n");
        environment.put("LANG", "C");
        assertThat(launch().out()).contains("LC_CTYPE=C.UTF-8 LC_ALL=\n");
        environment.put("LANG", "de_DE.ISO-8859-1");
        assertThat(launch().out()).contains("LC_CTYPE= LC_ALL=\n");
        environment.put("LC_ALL", "POSIX");
        assertThat(launch().out()).contains("LC_ALL=C.UTF-8\n");
    }

    @Test
    void aJvmThatDoesNotStartIs71AndSaysWhy() throws Exception {
        jdk("installed", 25);
        environment.put("FAKE_PROBE", "Unrecognized option: -Xnonsense");
        environment.put("PINFOLD_JAVA_OPTS", "-Xnonsense");
        Script.Result result = launch("dma-copy");
        assertThat(result.exitCode()).isEqualTo(71);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("does not start").contains("Unrecognized option: -Xnonsense")
                .contains("PINFOLD_JAVA_OPTS");
        environment.put("PINFOLD_JAVA_OPTS", JDWP);
        assertThat(launch("dma-copy").exitCode()).as("a debugger is waited for once").isZero();
    }

    /** 0 is for -version among the options, 2 for an agent that cannot bind: they are answers of commands, too. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 134})
    void aJvmThatDoesNotComeToTheProgramIs71WhateverItEndsWith(int code) throws Exception {
        jdk("installed", 25);
        environment.put("FAKE_JVM_EXIT", Integer.toString(code));
        environment.put("FAKE_PROBE", "something else");
        Script.Result tried = launch("dma-copy");
        assertThat(tried.exitCode()).isEqualTo(71);
        assertThat(tried.err()).contains("does not start").contains("something else").contains("(exit " + code + ")");
        environment.put("PINFOLD_JAVA_OPTS", JDWP);
        Script.Result debugged = launch("dma-copy");
        assertThat(debugged.exitCode()).isEqualTo(71);
        assertThat(debugged.out()).isEmpty();
        assertThat(debugged.err()).contains("bind failed").contains("before the command began")
                .contains("PINFOLD_JAVA_OPTS=" + JDWP).contains("(exit " + code + ")");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 74, 137})
    void withADebuggerTheAnswerOfTheCommandComesBackAsWell(int code) throws Exception {
        jdk("installed", 25);
        environment.put("PINFOLD_JAVA_OPTS", JDWP);
        environment.put("FAKE_EXIT", Integer.toString(code));
        Script.Result result = launch("dma-copy", "a file", "*", "");
        assertThat(result.exitCode()).isEqualTo(code);
        assertThat(result.out()).contains("<" + JDWP + ">")
                .endsWith("<io.pinfold.hwmodel.cli.Main>\n<dma-copy>\n<a file>\n<*>\n<>\n");
        try (Stream<Path> left = Files.list(temporary.resolve("tmp"))) {
            assertThat(left).as("temporary files").isEmpty();
        }
    }

    /** TERM alone: the other signals may be ignored where the tests run, and a shell cannot undo that. */
    @Test
    void withADebuggerASignalEndsTheJvmToo() throws Exception {
        jdk("installed", 25);
        environment.put("PINFOLD_JAVA_OPTS", JDWP);
        environment.put("FAKE_LONG", "yes");
        Script.Result result = launch("dma-copy");
        assertThat(result.exitCode()).as(result.err()).isEqualTo(143);
        assertThat(result.out()).isEqualTo("told to end\n");
    }

    @Test
    void commandsOfOtherModulesBuildThem() throws Exception {
        jdk("installed", 25);
        assertThat(launch("bench", "--quick").out()).contains("/jmh/target/pinfold-jmh-1.jar:")
                .endsWith("<bench>\n<--quick>\n");
        assertThat(calls()).contains("-pl jmh -am");
        assertThat(launch("#", "x").out()).doesNotContain("jmh");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1>&-", "2>&-", "0<&-", "1>&- 2>&-", "2>&- 0<&-"})
    void closedStreamsDoNotTakeTheJvmsFiles(String closed) throws Exception {
        jdk("installed", 25);
        launch();
        Path script = temporary.resolve("closed");
        Script.writeExecutable(script, "#!/bin/sh\n\"" + top.resolve("pinfold") + "\" dma-copy " + closed + "\n");
        Script.Result result = Script.run(temporary, temporary, environment, script);
        assertThat(result.exitCode()).as(result.err()).isEqualTo(closed.contains("1>") ? 74 : 0);
        if (closed.equals("1>&-")) {
            assertThat(result.err()).contains("standard output is closed");
        }
    }

    @Test
    void whateverStopsTheLauncherIsNoAnswerOfACommand() throws Exception {
        jdk("installed", 25);
        Files.delete(top.resolve("hw-model/src/main/resources/io/pinfold/hwmodel/cli/commands.txt"));
        Script.Result result = launch("dma-copy");
        assertThat(result.exitCode()).isEqualTo(70);
        assertThat(result.err()).contains("the launcher failed");
    }

    private Script.Result launch(String... arguments) throws IOException, InterruptedException {
        return Script.run(temporary, temporary, environment, top.resolve("pinfold"), arguments);
    }

    private void version(String version) throws IOException {
        Script.write(top.resolve("pom.xml"), "<project>\n  <version>" + version + "</version>\n</project>\n");
    }

    private String calls() throws IOException {
        return Files.readString(top.resolve("mvnw-calls.txt"));
    }

    private Path jdk(String name, int version) throws IOException {
        Path home = jdks.resolve(name);
        Script.write(home.resolve("release"), "JAVA_VERSION=\"" + version + ".0.1\"\n");
        Script.writeExecutable(home.resolve("bin/java"), FAKE_JAVA.replace("@VERSION@", Integer.toString(version)));
        Script.writeExecutable(home.resolve("bin/javac"), "#!/bin/sh\n");
        return home;
    }

    /** A PATH with the tools of a shell script and, wherever this machine keeps it, no java. */
    private String pathWithoutJava() throws IOException {
        Path tools = Files.createDirectories(temporary.resolve("tools"));
        for (String name : new String[]{"sed", "dirname", "readlink", "find", "head", "mktemp", "mv", "rm", "ls", "cat",
                "touch", "mkdir"}) {
            for (String folder : System.getenv("PATH").split(":")) {
                Path tool = Path.of(folder, name);
                if (Files.isExecutable(tool)) {
                    Script.writeExecutable(tools.resolve(name), "#!/bin/sh\nexec " + tool + " \"$@\"\n");
                    break;
                }
            }
        }
        return tools.toString();
    }

    private static void makeNewer(Path file, Path than) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Files.getLastModifiedTime(than).toInstant().plusSeconds(1)));
    }

    private static void makeOld(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH.plusSeconds(1)));
    }
}

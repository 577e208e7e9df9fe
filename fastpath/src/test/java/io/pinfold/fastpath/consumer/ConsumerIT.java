package io.pinfold.fastpath.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Builds the project in {@code src/test/resources/consumer} against the installed jars and runs its example.
 *
 * <p>The build (see the pom of this module) has just installed parent, core and fastpath into {@code
 * target/consumer-repo}. That folder is the local repository here, so nothing of the user's own is touched, and
 * everything else (plugins, JSpecify) is read from the user's repository behind it, which Maven calls the tail.
 */
class ConsumerIT {

    private static final Path TARGET = Path.of("target").toAbsolutePath();

    @Test
    void aProjectOutsideTheReactorBuildsAgainstTheInstalledJarsAndRunsTheExample() throws Exception {
        Path project = TARGET.resolve("consumer");
        delete(project); // what an earlier build left could hide that this one does not compile
        copy(Path.of("src/test/resources/consumer"), project);
        Path installed = TARGET.resolve("consumer-repo");
        assertThat(installed.resolve("io/pinfold/pinfold-fastpath")).isDirectory();

        List<String> command = new ArrayList<>(
                List.of(property("pinfold.maven.home") + "/bin/mvn", "-B", "process-classes",
                        "-Dmaven.repo.local=" + installed,
                        "-Dmaven.repo.local.tail=" + property("pinfold.maven.repository")));
        if (property("pinfold.maven.offline").equals("offline=true")) {
            command.add("-o");
        }
        Path log = TARGET.resolve("consumer.log");
        ProcessBuilder builder = new ProcessBuilder(command).directory(project.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile());
        // The JDK that runs this test is the one the library was built for; Maven's own may be older.
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("%s ended, see %s", command, log).isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as("exit code of %s, which said:%n%s", command, Files.readString(log)).isZero();
        assertThat(Files.readAllLines(log)).contains("still there: 42");
    }

    private static String property(String name) {
        String value = System.getProperty(name);
        assertThat(value).as("system property %s: run this test through Maven's verify", name).isNotNull();
        return value;
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.write(target, Files.readAllBytes(file));
            }
        }
    }
}

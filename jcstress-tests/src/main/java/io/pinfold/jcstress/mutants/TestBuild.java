package io.pinfold.jcstress.mutants;

import io.pinfold.hwmodel.process.ChildProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Compiles the tests of the modules if they are missing or older than their sources: the launcher builds without them.
 */
final class TestBuild {

    private static final String MODULES = String.join(",", Project.MODULES) + ",jcstress-tests";

    private static final Duration LIMIT = Duration.ofMinutes(30);

    private TestBuild() {
    }

    static void ensure(Project project, PrintWriter err) throws IOException, InterruptedException {
        Path stamp = project.target().resolve("mutants").resolve("tests.stamp");
        if (Files.exists(stamp) && !isNewer(project, Files.getLastModifiedTime(stamp))) {
            return;
        }
        err.println("mutants: compiling the tests of " + MODULES + " ...");
        err.flush();
        Path fresh = Files.createTempFile("pinfold", "stamp");
        List<String> command = new ArrayList<>(List.of(project.home().resolve("mvnw").toString(), "-B", "-q", "-pl",
                MODULES, "test-compile"));
        ProcessBuilder builder = new ProcessBuilder(command).directory(project.home().toFile()).inheritIO()
                .redirectOutput(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("JAVA25_HOME", System.getProperty("java.home"));
        int exit = ChildProcess.run(builder, LIMIT).exit();
        if (exit != 0) {
            Files.delete(fresh);
            throw new IOException("the tests do not compile: mvnw ended with " + exit);
        }
        Files.createDirectories(stamp.getParent());
        Files.move(fresh, stamp, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    private static boolean isNewer(Project project, FileTime than) throws IOException {
        List<String> modules = new ArrayList<>(Project.MODULES);
        modules.add("jcstress-tests");
        for (String module : modules) {
            for (String part : List.of("src/main", "src/test")) {
                try (Stream<Path> files = Files.walk(project.folder(module).resolve(part))) {
                    for (Path file : files.toList()) {
                        if (Files.getLastModifiedTime(file).compareTo(than) > 0) {
                            return true;
                        }
                    }
                }
            }
        }
        return false;
    }
}

package io.pinfold.hwmodel.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.condition.OS.LINUX;
import static org.junit.jupiter.api.condition.OS.MAC;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.io.TempDir;

/** The launcher with the real Maven and the real JDK, in a copy of this tree. */
@EnabledOnOs({LINUX, MAC})
class LauncherIT {

    private static final String BROKEN = "core/src/main/java/io/pinfold/core/Broken.java";

    @TempDir
    Path top;

    @Test
    void aCopyOfTheTreeBuildsAndRuns() throws Exception {
        copySources();
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("PINFOLD_JAVA_HOME", System.getProperty("java.home"));

        Script.write(top.resolve(BROKEN), "package io.pinfold.core;\n\nclass Broken { int }\n");
        Script.Result broken = Script.run(top, top, environment, top.resolve("pinfold"), "--help");
        assertThat(broken.exitCode()).as(broken.err()).isEqualTo(70);
        assertThat(broken.out()).isEmpty();
        assertThat(broken.err()).contains("Broken.java").contains("the build failed");

        Files.delete(top.resolve(BROKEN));
        Script.Result repaired = Script.run(top, top, environment, top.resolve("pinfold"), "--help");
        assertThat(repaired.exitCode()).as(repaired.err()).isZero();
        assertThat(repaired.out()).contains("dma-copy");

        Script.Result wrong = Script.run(top, top, environment, top.resolve("pinfold"), "no-such-command");
        assertThat(wrong.exitCode()).as(wrong.err()).isEqualTo(2);
        assertThat(wrong.out()).isEmpty();
        assertThat(wrong.err()).contains("no-such-command").doesNotContain("building");

        String debugger = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:";
        environment.put("PINFOLD_JAVA_OPTS", debugger + 0);
        Script.Result debugged = Script.run(top, top, environment, top.resolve("pinfold"), "no-such-command");
        assertThat(debugged.exitCode()).as(debugged.err()).isEqualTo(2);
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            environment.put("PINFOLD_JAVA_OPTS", debugger + taken.getLocalPort());
            Script.Result unbound = Script.run(top, top, environment, top.resolve("pinfold"), "--help");
            assertThat(unbound.exitCode()).as(unbound.err()).isEqualTo(71);
            assertThat(unbound.err()).contains("before the command began");
        }
        environment.put("PINFOLD_JAVA_OPTS", "-version");
        Script.Result version = Script.run(top, top, environment, top.resolve("pinfold"), "--help");
        assertThat(version.exitCode()).as(version.err()).isEqualTo(71);
    }

    private void copySources() throws IOException {
        for (String name : new String[]{"pinfold", "mvnw", ".mvn", "pom.xml", "core/pom.xml", "core/src/main",
                "fastpath/pom.xml",
                "fastpath/src/main", "hw-model/pom.xml", "hw-model/src/main", "jcstress-tests/pom.xml",
                "jmh/pom.xml"}) {
            Path from = Script.TOP.resolve(name);
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    Path to = top.resolve(Script.TOP.relativize(file));
                    Files.createDirectories(to.getParent());
                    if (!Files.isDirectory(file)) {
                        Files.copy(file, to);
                        boolean executable = Files.isExecutable(file);
                        assertThat(to.toFile().setExecutable(executable)).isTrue();
                    }
                }
            }
        }
    }
}

package io.pinfold.jmh.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.fastpath.GupSession;
import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bench --against} from the command line to the exit code, against a commit whose product is this one. */
@Timeout(600)
class AgainstIT {
    @TempDir
    Path directory;

    @Test
    void handlesOfTheSameCodeAreMeasuredOnBothSides() throws Exception {
        GitTree tree = GitTree.at(directory.resolve("repository"));
        Path sources = Path.of("src").toAbsolutePath();
        String id = tree.commit("mkdir -p core/target fastpath/target && cp '" + jar(PhysicalMemory.class, "core")
                + "' core/target/pinfold-core-1.jar && cp '" + jar(GupSession.class, "fastpath")
                + "' fastpath/target/pinfold-fastpath-1.jar && mkdir -p '" + tree.home() + "/jmh' && cp -R '"
                + sources
                + "' '" + tree.home() + "/jmh/src'");

        Ended ended = ChildProcess
                .run(new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dpinfold.home=" + tree.home(), "-Dpinfold.progress=true", "-cp",
                        System.getProperty("java.class.path"),
                        "io.pinfold.hwmodel.cli.Main", "bench", "--against", "HEAD", "--only", "handle.mixed",
                        "--quick",
                        "--jvms", "2",
                        "--seed", "1"), Duration.ofMinutes(9));

        String said = ended.output() + ended.errors();
        assertThat(ended.exit()).as(said).isIn(0, 1); // no test looks at speed
        assertThat(ended.output())
                .contains(id.substring(0, 10) + " against " + id.substring(0, 10) + ": 2 JVMs of each")
                .containsPattern("(?m)^handle.mixed +[0-9].*x Netty")
                .doesNotContain("not there").doesNotContain("lost");
        assertThat(ended.errors()).contains("building core and fastpath of " + id.substring(0, 10))
                .contains(" 50 %  1 of 2 JVMs of each side, ").contains(" left: handle.mixed");
    }

    /** The jar or folder from which the class comes; a folder is packed. */
    private Path jar(Class<?> type, String name) throws Exception {
        Path origin = SideClasses.origin(type);
        if (!origin.toFile().isDirectory()) {
            return origin;
        }
        Path jar = directory.resolve(name + ".jar");
        assertThat(ChildProcess
                .run(new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jar").toString(),
                        "--create", "--file", jar.toString(), "-C", origin.toString(), "."), Duration.ofMinutes(2))
                .exit()).isZero();
        return jar;
    }
}

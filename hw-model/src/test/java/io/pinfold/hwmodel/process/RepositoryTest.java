package io.pinfold.hwmodel.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepositoryTest {
    @TempDir
    Path home;

    @Test
    void outsideARepositoryNothingIsCommitted() {
        Repository repository = new Repository(home);

        assertThat(repository.commit()).isEqualTo("unknown");
        assertThat(repository.isClean()).isFalse();
        assertThat(repository.isSameProduct("a".repeat(40))).isFalse();
    }

    @Test
    void aChangedSourceMakesItDirtyAndAnotherProduct() throws Exception {
        Path source = write("core/src/main/java/A.java", "class A {}");
        write("README.md", "text");
        assumeTrue(git("init", "-q") == 0, "git is not installed");
        git("add", ".");
        git("-c", "user.name=n", "-c", "user.email=e@e", "commit", "-q", "-m", "first");
        Repository repository = new Repository(home);
        String first = repository.commit();

        assertThat(first).hasSize(40);
        assertThat(repository.isClean()).isTrue();
        assertThat(repository.isSameProduct(first)).isTrue();

        write("README.md", "other text");
        assertThat(repository.isClean()).isTrue();

        Files.writeString(source, "class A { int a; }");
        assertThat(repository.isClean()).isFalse();
        assertThat(new Repository(home).isSameProduct(first)).isFalse();
        Repository fromBelow = new Repository(source.getParent());
        assertThat(fromBelow.isClean()).as("asked from a folder below").isFalse();
        assertThat(fromBelow.isSameProduct(first)).isFalse();
    }

    @Test
    void aJarOlderThanASourceIsNoticed() throws IOException {
        Path source = write("core/src/main/java/A.java", "class A {}");
        Path jar = write("some.jar", "");
        Instant built = Instant.parse("2026-01-01T00:00:00Z");
        Files.setLastModifiedTime(jar, FileTime.from(built));
        Repository repository = new Repository(home);

        Files.setLastModifiedTime(source, FileTime.from(built.minusSeconds(60)));
        assertThat(repository.isOlderThanSources(jar)).isFalse();
        Files.setLastModifiedTime(source, FileTime.from(built.plusSeconds(60)));
        assertThat(repository.isOlderThanSources(jar)).isTrue();
    }

    private Path write(String name, String text) throws IOException {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private int git(String... arguments) throws InterruptedException {
        String[] command = new String[arguments.length + 3];
        command[0] = "git";
        command[1] = "-C";
        command[2] = home.toString();
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        try {
            return ChildProcess.run(new ProcessBuilder(command), Duration.ofMinutes(2)).exit();
        } catch (IOException e) {
            return 127;
        }
    }
}

package io.pinfold.jmh.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A small repository whose {@code mvnw} is a script of the test. */
record GitTree(Path home) {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** Makes an empty repository; the test is skipped without git. */
    static GitTree at(Path home) throws IOException, InterruptedException {
        Files.createDirectories(home);
        GitTree tree = new GitTree(home);
        try {
            tree.git("init", "-q");
        } catch (IOException e) {
            assumeTrue(false, "no git: " + e.getMessage());
        }
        return tree;
    }

    /** Commits a wrapper that runs this script; returns the id. */
    String commit(String script) throws IOException, InterruptedException {
        Path wrapper = home.resolve("mvnw");
        Files.writeString(wrapper, "#!/bin/sh\n" + script + "\n");
        assertThat(wrapper.toFile().setExecutable(true)).isTrue();
        git("add", ".");
        git("-c", "user.name=n", "-c", "user.email=e@e", "commit", "-q", "-m", "one");
        return git("rev-parse", "HEAD").strip();
    }

    String git(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git", "-C", home.toString()));
        command.addAll(List.of(arguments));
        Ended ended = ChildProcess.run(new ProcessBuilder(command), LIMIT);
        assertThat(ended.exit()).as("%s: %s", command, ended.errors()).isZero();
        return ended.output();
    }
}

package io.pinfold.jmh.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pinfold.jmh.bench.OtherCommit.FailedException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commits that build, commits that do not, and names that are no commits. */
@Timeout(300)
class OtherCommitTest {
    private static final String BUILDS = "mkdir -p core/target fastpath/target;"
            + " cp mvnw core/target/pinfold-core-1.jar; echo x > core/target/pinfold-core-1-sources.jar;"
            + " cp mvnw fastpath/target/pinfold-fastpath-1.jar";

    @TempDir
    Path directory;

    private final StringWriter said = new StringWriter();
    private GitTree tree;

    @BeforeEach
    void repository() throws Exception {
        tree = GitTree.at(directory.resolve("repository"));
    }

    @Test
    void theJarsOfACommitAreBuiltOnceFromWhatWasCommitted() throws Exception {
        String first = tree.commit(BUILDS + " # first");
        String second = tree.commit(BUILDS + " # second");

        OtherCommit built = built(first);
        OtherCommit again = built(first);

        assertThat(built.jars()).extracting(Path::getFileName).extracting(Path::toString)
                .containsExactly("pinfold-core.jar", "pinfold-fastpath.jar");
        assertThat(built.jars()).allSatisfy(jar -> assertThat(Files.readString(jar)).endsWith("# first\n"));
        assertThat(again).isEqualTo(built);
        assertThat(said.toString().lines())
                .containsExactly("bench: building core and fastpath of " + first.substring(0, 10) + " ...");
        assertThat(built(second).jars()).allSatisfy(jar -> assertThat(Files.readString(jar)).endsWith("# second\n"));
    }

    @Test
    void nothingOfABuildIsLeftInTheRepository() throws Exception {
        String id = tree.commit(BUILDS);
        String before = tree.git("status", "--porcelain", "--ignored");

        OtherCommit _ = built(id);

        assertThat(tree.git("status", "--porcelain", "--ignored")).isEqualTo(before + "?? jmh/\n");
        try (Stream<Path> kept = Files.list(tree.home().resolve("jmh/target/against").resolve(id))) {
            assertThat(kept).as("two jars, and the benchmarks").hasSize(3);
        }
        assertThat(tree.git("worktree", "list").lines()).hasSize(1);
    }

    @Test
    void aCommitThatDoesNotBuildIsNamedWithWhatMavenSaid() throws Exception {
        String id = tree.commit("echo \"[ERROR] no such thing\"; exit 1");

        assertThatExceptionOfType(FailedException.class).isThrownBy(() -> built(id))
                .withMessageContaining(id.substring(0, 10) + " does not build (exit 1)")
                .withMessageContaining("[ERROR] no such thing");
    }

    @Test
    void aBuildWithoutJarsIsNamed() throws Exception {
        String id = tree.commit("mkdir -p core/target fastpath/target");

        assertThatExceptionOfType(FailedException.class).isThrownBy(() -> built(id))
                .withMessage("the build of core made no jar");
    }

    @Test
    void whatIsNoCommitIsNamed() throws Exception {
        String id = tree.commit(BUILDS);

        assertThat(OtherCommit.idOf(tree.home(), "HEAD")).isEqualTo(id);
        assertThat(OtherCommit.idOf(tree.home(), id.substring(0, 10))).isEqualTo(id);
        for (String none : new String[]{"nothing", "--all", "HEAD~9", "HEAD:mvnw"}) {
            assertThatExceptionOfType(FailedException.class).isThrownBy(() -> OtherCommit.idOf(tree.home(), none))
                    .withMessageContaining("no commit " + none);
        }
    }

    @Test
    void aTreeWithChangesIsMarked() throws Exception {
        Path source = tree.home().resolve("core/src/main/java/A.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, "class A {}");
        String id = tree.commit(BUILDS);
        assertThat(OtherCommit.nameOf(tree.home())).isEqualTo(id.substring(0, 10));

        Files.writeString(source, "class A { int a; }");
        assertThat(OtherCommit.nameOf(tree.home())).isEqualTo(id.substring(0, 10) + "+");
    }

    private OtherCommit built(String id) throws Exception {
        return OtherCommit.built(tree.home(), id, new PrintWriter(said, true));
    }
}

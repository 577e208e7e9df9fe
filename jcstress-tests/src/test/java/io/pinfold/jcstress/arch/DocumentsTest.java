package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The documents: their length, the order of their parts, and the targets of their links and names. */
class DocumentsTest {
    private static final Path ROOT = Path.of("..");
    private static final int JAVA_WITHIN = 40;

    private static TreeNames names;

    @BeforeAll
    static void readTheTree() throws IOException {
        names = TreeNames.of(ROOT);
    }

    private static List<Path> documents(Predicate<Path> wanted) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String module : List.of("core", "fastpath", "hw-model", "jcstress-tests", "jmh")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
                files.filter(file -> file.toString().endsWith(".md") && !file.toString().contains("/target/"))
                        .forEach(found::add);
            }
        }
        found.add(ROOT.resolve("README.md"));
        found.add(ROOT.resolve("CONTRIBUTING.md"));
        found.removeIf(wanted.negate());
        return found;
    }

    private static Predicate<Path> named(String name) {
        return file -> file.getFileName().toString().equals(name);
    }

    private static Predicate<Path> in(String folder) {
        return file -> file.getParent().getFileName().toString().equals(folder);
    }

    private static int words(Predicate<Path> wanted) throws IOException {
        int words = 0;
        for (Path file : documents(wanted)) {
            words += DocumentRules.words(Files.readString(file));
        }
        assertThat(words).isPositive();
        return words;
    }

    @Test
    void documentsAreShort() throws IOException {
        assertThat(words(named("README.md"))).as("all READMEs").isLessThanOrEqualTo(15_000);
        assertThat(words(named("CONTRIBUTING.md"))).as("CONTRIBUTING.md").isLessThanOrEqualTo(2_500);
        assertThat(words(named("RULES.md"))).as("core/RULES.md").isLessThanOrEqualTo(4_000);
        assertThat(words(in("docs"))).as("all of docs").isLessThanOrEqualTo(6_000);

        assertThat(DocumentRules.words("one two\n| three |\n")).isEqualTo(5);
    }

    @Test
    void theReadmeBeginsWithJava() throws IOException {
        assertThat(DocumentRules.firstJava(Files.readString(ROOT.resolve("README.md")))).isBetween(1, JAVA_WITHIN);

        assertThat(DocumentRules.firstJava("text\n".repeat(JAVA_WITHIN) + "```java\n")).isGreaterThan(JAVA_WITHIN);
        assertThat(DocumentRules.firstJava("```\n")).isZero();
    }

    @Test
    void oneCommandRunsAndOneTests() throws IOException {
        String readme = Files.readString(ROOT.resolve("README.md"));
        assertThat(DocumentRules.commands(readme, "Run")).hasSize(1);
        assertThat(DocumentRules.commands(readme, "Test")).hasSize(1);

        assertThat(DocumentRules.commands("## Run\n```\na\nb\n```\n## Test\n", "Run")).containsExactly("a", "b");
        assertThat(DocumentRules.commands("## Run\n```\na\n```\n```\nb\n```\n", "Run")).containsExactly("a", "b");
        assertThat(DocumentRules.commands("# Run\n## Test\n```\na\n```\n", "Run")).isEmpty();
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Path file : documents(_ -> true)) {
            wrong.addAll(DocumentRules.brokenLinks(file, Files.readString(file)));
        }
        assertThat(wrong).isEmpty();

        Path readme = ROOT.resolve("README.md");
        assertThat(DocumentRules.brokenLinks(readme, "[a](core/NONE.md) [b](core/RULES.md#none) [c](#none)"))
                .hasSize(3);
        assertThat(DocumentRules.brokenLinks(readme, "[a](core/RULES.md#worked-numbers) [b](https://a.b)")).isEmpty();
    }

    /** Prints in the evidence folders are left out: they keep the names of their day. */
    @Test
    void whatIsNamedIsInTheTree() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Path file : documents(in("evidence").negate())) {
            names.missing(Files.readString(file)).forEach(name -> wrong.add(file + ": " + name));
        }
        assertThat(wrong).isEmpty();

        assertThat(names.missing("`FaultTest#anExclusivePageIsNeverCopied` `Grab.undo` `Removal` `pin-vs-unmap`"
                + " `io.pinfold.core.mm.LargeFolioTest`")).isEmpty();
        assertThat(
                names.missing("`NoneTest` `FaultTest#none` `Grab.none` `pin-vs-none` `io.pinfold.none.LargeFolioTest`"
                        + " `SlowGupTest#anExclusivePageIsNeverCopied`"))
                .hasSize(6);
    }

    /** Each feature names its class and at least one test. */
    @Test
    void everyFeatureHasATest() throws IOException {
        String features = Files.readString(ROOT.resolve("core/docs/features.md"));
        List<List<String>> rows = DocumentRules.rows(features);
        assertThat(rows).hasSizeGreaterThan(60);
        assertThat(rows).allSatisfy(row -> {
            assertThat(row).hasSize(3);
            assertThat(row.get(1)).startsWith("`");
            assertThat(row.get(2)).containsPattern("(Test|IT)(#\\w+)?`");
        });
    }

    @Test
    void ledgersHaveSixColumns() throws IOException {
        List<Path> ledgers = documents(named("LEDGER.md"));
        assertThat(ledgers).hasSize(3);
        for (Path ledger : ledgers) {
            assertThat(DocumentRules.rows(Files.readString(ledger))).as(ledger.toString()).isNotEmpty()
                    .allSatisfy(row -> assertThat(row).hasSize(6).noneMatch(String::isEmpty));
        }

        assertThat(DocumentRules.rows("| a | b |\n| --- | --- |\n| 1 | |\n")).containsExactly(List.of("1", ""));
    }
}

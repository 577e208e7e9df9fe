package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each step id is defined once, in the order of execution, and every cited step is defined. */
class StepsTest {
    private static final Path ROOT = Path.of("..");
    /** A tree without a fault: one protocol, its class and a class that cites it. */
    private static final Map<String, String> FINE = Map.of("core/README.md", """
            # core

            %s
            |---|---|---|---|---|---|
            | push and pop | PUSH, POP | `Stack` | core | `push-vs-pop` | `PushVsPop` |
            """.formatted(Steps.TABLE), "core/Stack.java", """
            /**
             * A stack.
             *
             * <pre>
             * Pusher                       Popper
             * PUSH1 fill the node          POP1 load the head
             * PUSH2 store it, release
             * must not happen: POP1 sees PUSH2 and misses PUSH1
             * </pre>
             */
            class Stack {
                void push() {
                    fill(); // PUSH1
                    // PUSH2 -> POP1: release
                    store();
                }

                void pop() {
                    load(); // POP1 (PUSH2) -> PUSH2
                }
            }
            """, "core/Other.java", """
            /** Does PUSH1 to PUSH2 of {@link Stack}. */
            class Other {
                String text = "// W4, QUEUE16";
            }
            """);

    private static List<String> planted(String file, String old, String with) {
        Map<String, String> tree = new TreeMap<>(FINE);
        assertThat(tree.get(file)).contains(old);
        tree.put(file, tree.get(file).replace(old, with));
        return new Steps(tree).problems();
    }

    @Test
    void aTreeWithoutAFaultHasNoProblem() {
        Steps steps = new Steps(FINE);
        assertThat(steps.problems()).isEmpty();
        assertThat(steps.defined()).containsExactly("POP1", "PUSH1", "PUSH2");
    }

    @Test
    void aStepThatIsNotDefinedIsFound() {
        assertThat(planted("core/Other.java", "PUSH1 to PUSH2", "PUSH1 to PUSH3")).singleElement().asString()
                .contains("Other.java cites PUSH3");
        assertThat(planted("core/Other.java", "// W4", "after POP4")).singleElement().asString().contains("cites POP4");
        assertThat(planted("core/README.md", "# core", "# core: PULL1")).singleElement().asString()
                .contains("README.md cites PULL1");
    }

    @Test
    void aStepThatIsDefinedTwiceOrNotInOrderIsFound() {
        assertThat(planted("core/Stack.java", "POP1 load the head", "PUSH2 load the head"))
                .anyMatch(problem -> problem.startsWith("PUSH has the steps [1, 2, 2]"))
                .anyMatch(problem -> problem.startsWith("POP is defined in 0 classes"));
        assertThat(planted("core/Stack.java", "POP1 load the head", "POP2 load the head"))
                .anyMatch(problem -> problem.startsWith("POP has the steps [2]"));
    }

    @Test
    void aPrefixOfTwoProtocolsOrTwoClassesIsFound() {
        assertThat(planted("core/README.md", "| push and pop",
                "| peek | POP | `Stack` | - | - | - |\n| push and pop")).contains("POP belongs to two protocols");
        Map<String, String> tree = new TreeMap<>(FINE);
        tree.put("fastpath/Stack.java", FINE.get("core/Stack.java"));
        assertThat(new Steps(tree).problems()).anyMatch(problem -> problem.startsWith("PUSH is defined in 2 classes"));
    }

    @Test
    void aCommentWhereNoCodeIsOrNoneAtAllIsFound() {
        assertThat(planted("core/Stack.java", "load(); // POP1", "load();\n        // POP1"))
                .anyMatch(problem -> problem.contains("where no code is"));
        assertThat(planted("core/Stack.java", "fill(); // PUSH1", "fill();")).singleElement().asString()
                .isEqualTo("PUSH1 is defined, and no access has it in a comment");
    }

    @Test
    void anAccessByALetterIsFound() {
        assertThat(planted("core/Stack.java", "fill(); // PUSH1", "fill(); // PUSH1\n        look(); // W4 -> U2"))
                .singleElement().asString().contains("without the prefix of a protocol: // W4");
    }

    @Test
    void aClauseMayBeCitedAndHasAPrefixOfItsOwn() {
        Map<String, String> tree = new TreeMap<>(FINE);
        tree.put("core/StackClause.java", "enum StackClause {\n    FULL1(\"none is left\");\n}\n");
        tree.put("core/evidence.md", "FULL1: none is left\n");
        assertThat(new Steps(tree).problems()).isEmpty();
        tree.put("core/evidence.md", "FULL2: none is left\n");
        assertThat(new Steps(tree).problems()).singleElement().asString().contains("cites FULL2");
        tree.put("core/StackClause.java", "enum StackClause {\n    POP2(\"none is left\");\n}\n");
        tree.put("core/evidence.md", "none\n");
        assertThat(new Steps(tree).problems()).singleElement().asString().contains("prefix of a protocol: POP");
    }

    @Test
    void stepsOfThisTree() throws IOException {
        Steps steps = new Steps(tree());
        assertThat(steps.problems()).isEmpty();
        assertThat(steps.defined()).hasSizeGreaterThan(200);
    }

    /** The entries of the table of protocols for ledgers, scenarios and race tests. */
    @Test
    void theTableOfProtocolsNamesWhatIsThere() throws IOException {
        Map<String, String> tree = tree();
        for (Steps.Protocol protocol : new Steps(tree).protocols()) {
            Pattern step = Pattern.compile("\\b(" + String.join("|", protocol.prefixes()) + ")\\d");
            for (String module : protocol.ledger().equals("-") ? new String[0] : protocol.ledger().split(", ", -1)) {
                assertThat(tree.entrySet()).as("%s: a row in the ledger of %s", protocol.name(), module)
                        .anyMatch(file -> file.getKey().startsWith(module + "/") && file.getKey().endsWith(".md")
                                && file.getValue().lines().anyMatch(line -> line.startsWith("| ")
                                        && !line.startsWith("| " + protocol.name()) && step.matcher(line).find()));
            }
            for (String scenario : protocol.scenarios()) {
                assertThat(tree.entrySet()).as("%s: %s", protocol.name(), scenario)
                        .anyMatch(file -> file.getKey().startsWith("jcstress-tests/src/explore/")
                                && file.getValue().contains("\"" + scenario + "\""));
            }
            for (String race : protocol.races()) {
                assertThat(tree.entrySet()).as("%s: %s", protocol.name(), race).anyMatch(
                        file -> file.getKey().startsWith("jcstress-tests/src/main/")
                                && file.getKey().endsWith("/" + race + ".java"));
            }
        }
    }

    /** Java, READMEs, data files, Spin models and C of all modules, but for this test. */
    private static Map<String, String> tree() throws IOException {
        List<Path> paths = new ArrayList<>();
        for (String module : List.of("core", "fastpath", "hw-model", "jcstress-tests", "jmh")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
                files.filter(file -> file.toString().matches(".*\\.(java|md|txt|pml|c)"))
                        .filter(file -> !file.toString().contains("/target/"))
                        .filter(file -> !file.getFileName().toString().matches("Steps(Test)?\\.java"))
                        .forEach(paths::add);
            }
        }
        Map<String, String> tree = new TreeMap<>();
        for (Path path : paths) {
            tree.put(ROOT.relativize(path).toString(), Files.readString(path));
        }
        return tree;
    }
}

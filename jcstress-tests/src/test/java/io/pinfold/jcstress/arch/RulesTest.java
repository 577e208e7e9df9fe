package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** core/RULES.md defines every label in a sentence, and no file cites an undefined label. */
class RulesTest {
    private static final Path ROOT = Path.of("..");
    private static final Path RESOURCES = Path.of("src/main/resources/io/pinfold/jcstress");
    private static final Map<String, Integer> LABELS = Map.of("I", 14, "O", 10, "R", 35, "B", 25, "N", 15);
    private static final int WORDS = 8;

    private static final Pattern DEFINITION = Pattern.compile("^\\| ([IORBN]\\d+) \\| (.*) \\|$");
    private static final Pattern IN_BRACKETS = Pattern.compile("\\[([IORB]\\d+(?:, [IORB]\\d+)*)]");
    /** References to a text outside of the tree. */
    private static final Pattern ELSEWHERE = Pattern.compile("(?i)\\bchapter \\d|worked number \\d");

    private static Map<String, String> defined() throws IOException {
        Map<String, String> defined = new TreeMap<>();
        for (String line : Files.readAllLines(ROOT.resolve("core/RULES.md"))) {
            Matcher found = DEFINITION.matcher(line);
            if (found.matches()) {
                assertThat(defined.put(found.group(1), found.group(2))).as("%s is defined twice", found.group(1))
                        .isNull();
            }
        }
        return defined;
    }

    @Test
    void everyLabelIsDefinedInASentence() throws IOException {
        Set<String> wanted = new TreeSet<>();
        LABELS.forEach((letter, count) -> {
            for (int i = 1; i <= count; i++) {
                wanted.add(letter + i);
            }
        });
        Map<String, String> defined = defined();
        assertThat(defined.keySet()).isEqualTo(wanted);
        defined.forEach((label, text) -> assertThat(text.split(" ")).as(label).hasSizeGreaterThanOrEqualTo(WORDS));
    }

    /** Races and invariants of the mutants; the races that are tested or open. */
    @Test
    void whatMutantsAndRacesCiteIsDefined() throws IOException {
        List<String> cited = new ArrayList<>();
        for (String line : Files.readAllLines(RESOURCES.resolve("mutants/mutants.txt"))) {
            if (line.startsWith("race ") || line.startsWith("breaks ")) {
                Stream.of(line.split("\\s+")).skip(1).filter(word -> word.matches("[A-Z]\\d+")).forEach(cited::add);
            }
        }
        for (String line : Files.readAllLines(RESOURCES.resolve("evidence/races.txt"))) {
            Stream.of(line.split("\\|", 2)[0]).filter(word -> !word.equals("-")).forEach(cited::add);
        }
        assertThat(cited).hasSizeGreaterThan(150);
        assertThat(defined().keySet()).containsAll(cited);
    }

    @Test
    void whatSourcesAndTextsCiteIsDefined() throws IOException {
        Set<String> defined = defined().keySet();
        List<String> wrong = new ArrayList<>();
        int found = 0;
        for (Path file : texts()) {
            String text = Files.readString(file);
            for (Matcher at = IN_BRACKETS.matcher(text); at.find(); found++) {
                if (!defined.containsAll(List.of(at.group(1).split(", ", -1)))) {
                    wrong.add(file + ": " + at.group());
                }
            }
            Matcher elsewhere = ELSEWHERE.matcher(text);
            if (elsewhere.find()) {
                wrong.add(file + ": " + elsewhere.group());
            }
        }
        assertThat(found).as("labels in brackets").isPositive();
        assertThat(wrong).isEmpty();
    }

    /** Java, the documents and the data files of all modules and of the project, but for this test. */
    private static List<Path> texts() throws IOException {
        List<Path> texts = new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md")));
        for (String module : List.of("core", "fastpath", "hw-model", "jcstress-tests", "jmh")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
                files.filter(file -> file.toString().matches(".*\\.(java|md|txt)"))
                        .filter(file -> !file.toString().contains("/target/"))
                        .filter(file -> !file.getFileName().toString().equals("RulesTest.java")).forEach(texts::add);
            }
        }
        return texts;
    }
}

package io.pinfold.jcstress.mutants;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code mutants.txt}, whose head explains its form.
 *
 * @param mutants in the order of the file
 * @param random  test classes that make seeded random plans or put threads under stress
 * @param leftOut test classes that cannot notice a mutant: those of the launcher, of the machine, or in other JVMs
 */
record MutantFile(List<Mutant> mutants, List<String> random, List<String> leftOut) {

    private static final String RESOURCE = "mutants.txt";
    private static final Set<String> WORDS = Set.of("race", "breaks", "cites", "open", "expected", "explorer",
            "jcstress", "random", "unit", "edit");

    /** Reads the file that is part of this module. */
    static MutantFile load() {
        try (InputStream in = MutantFile.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is not beside its reader");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a text of that form.
     *
     * @throws IllegalArgumentException naming the line with the fault
     */
    static MutantFile parse(String text) {
        Reader reader = new Reader();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            try {
                reader.line(lines[i]);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("mutants, line " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
        return reader.end();
    }

    /** The parts of a mutant while its lines are read. */
    private static final class Reader {
        private final List<Mutant> mutants = new ArrayList<>();
        private final List<String> random = new ArrayList<>();
        private final List<String> leftOut = new ArrayList<>();
        private final Set<String> ids = new HashSet<>();
        private @Nullable String id;
        private String title = "";
        private Map<String, String> words = new HashMap<>();
        private Map<Checker, List<String>> checks = new EnumMap<>(Checker.class);
        private List<Edit> edits = new ArrayList<>();

        void line(String line) {
            if (line.isBlank() || line.startsWith("#")) {
                return;
            }
            if (line.startsWith("== ")) {
                finish();
                String[] parts = line.substring(3).strip().split("\\s+", 2);
                if (parts.length < 2 || !ids.add(parts[0])) {
                    throw new IllegalArgumentException("no title, or an id for the second time: " + line);
                }
                id = parts[0];
                title = parts[1];
                return;
            }
            String stripped = line.strip();
            if (stripped.startsWith("- ") || stripped.startsWith("+ ") || stripped.equals("+")) {
                change(stripped.charAt(0) == '-', stripped.substring(1).strip());
                return;
            }
            String[] parts = stripped.split("\\s+", 2);
            word(parts[0], parts.length > 1 ? parts[1] : "");
        }

        private void word(String word, String rest) {
            if (id == null && word.equals("random-tests")) {
                random.addAll(list(rest));
            } else if (id == null && word.equals("left-out")) {
                leftOut.addAll(list(rest));
            } else if (id == null || !WORDS.contains(word)) {
                throw new IllegalArgumentException("not understood: " + word + " " + rest);
            } else if (word.equals("edit")) {
                String[] place = rest.split("\\s+", -1);
                if (place.length != 3 || !place[0].endsWith(".java")) {
                    throw new IllegalArgumentException("edit needs file, method and step: " + rest);
                }
                edits.add(new Edit(place[0], place[1], place[2], "", ""));
            } else if (word.equals("explorer")) {
                if (!rest.matches("\\S+ (sc|tso|pso|view) \\d+")) {
                    throw new IllegalArgumentException("explorer needs scenario, mode and bound: " + rest);
                }
                checks.computeIfAbsent(Checker.EXPLORER, key -> new ArrayList<>()).add(rest);
            } else if (Arrays.stream(Checker.values()).anyMatch(checker -> checker.label().equals(word))) {
                checks.computeIfAbsent(checker(word), key -> new ArrayList<>()).addAll(list(rest));
            } else {
                words.merge(word, rest, (one, more) -> one + " " + more);
            }
        }

        private void change(boolean isOld, String text) {
            if (edits.isEmpty()) {
                throw new IllegalArgumentException("a change without edit: " + text);
            }
            Edit last = edits.removeLast();
            edits.add(isOld ? new Edit(last.file(), last.method(), last.step(), join(last.oldText(), text), "")
                    : new Edit(last.file(), last.method(), last.step(), last.oldText(), join(last.newText(), text)));
        }

        private static String join(String before, String line) {
            return before.isEmpty() ? line : before + "\n" + line;
        }

        private void finish() {
            if (id == null) {
                return;
            }
            String open = words.get("open");
            if (edits.isEmpty() == (open == null) || edits.stream().anyMatch(edit -> edit.oldText().isEmpty())) {
                throw new IllegalArgumentException(id + " has neither edits nor a word why it is open, or both");
            }
            mutants.add(new Mutant(id, title, list(words.getOrDefault("race", "")),
                    list(words.getOrDefault("breaks", "")), words.getOrDefault("cites", ""), open,
                    words.get("expected"), List.copyOf(edits), checks));
            words = new HashMap<>();
            checks = new EnumMap<>(Checker.class);
            edits = new ArrayList<>();
        }

        MutantFile end() {
            finish();
            return new MutantFile(List.copyOf(mutants), List.copyOf(random), List.copyOf(leftOut));
        }
    }

    private static List<String> list(String words) {
        return words.isBlank() ? List.of() : List.of(words.strip().split("\\s+", -1));
    }

    /** The checker of this name. */
    static Checker checker(String label) {
        return Arrays.stream(Checker.values()).filter(checker -> checker.label().equals(label)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no checker " + label));
    }
}

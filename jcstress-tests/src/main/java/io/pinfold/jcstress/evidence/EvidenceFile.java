package io.pinfold.jcstress.evidence;

import io.pinfold.hwmodel.cli.Json;
import io.pinfold.hwmodel.process.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A result file of a command, with the day and the code that it is about. A file without these is dated by the commit
 * that brought it.
 *
 * @param name    file name
 * @param how     the command that writes it
 * @param content an empty map if the file is missing or cannot be read
 * @param state   day and commit, and whether the product code is still the same; or the reason why there is no content
 */
record EvidenceFile(String name, String how, Map<?, ?> content, Cell state) {
    private static final int SHORT = 10;

    /** Reads a JSON file of a folder. A fault of the file is described in its state. */
    static EvidenceFile read(Path folder, String name, String how, Repository repository) {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            return new EvidenceFile(name, how, Map.of(), Cell.open("missing: " + how + " writes " + name));
        }
        try {
            Map<?, ?> content = Json.readObject(Files.readString(file));
            String commit = text(content, "commit");
            String day = text(content, "date");
            if (commit.isEmpty()) {
                String[] last = repository.lastChange(file).split(" ", 2);
                commit = last[0];
                day = day.isEmpty() && last.length == 2 ? last[1] : day;
            }
            return new EvidenceFile(name, how, content, age(day, commit, repository));
        } catch (IOException | IllegalArgumentException e) {
            return new EvidenceFile(name, how, Map.of(), Cell.bad(name + " cannot be read: " + e.getMessage()));
        }
    }

    /** Describes the day of the file, and whether its code is still the current one. */
    static Cell age(String day, String commit, Repository repository) {
        if (!commit.matches("[0-9a-f]{7,40}")) {
            return Cell.open((day.isEmpty() ? "" : day + ", ") + "of code that is not committed");
        }
        String when = (day.isEmpty() ? "" : day + ", ") + "commit "
                + commit.substring(0, Math.min(SHORT, commit.length()));
        return repository.isSameProduct(commit) ? Cell.good(when)
                : Cell.open(when + ": STALE, the product code has changed since");
    }

    boolean isThere() {
        return !content.isEmpty();
    }

    /** The objects of the first list under one of the names, or else of the first list of objects in the file. */
    List<Map<?, ?>> list(String... names) {
        for (String wanted : names) {
            if (content.get(wanted) instanceof List<?> list) {
                return objects(list);
            }
        }
        for (Object member : content.values()) {
            if (names.length > 0 && member instanceof List<?> list && !objects(list).isEmpty()) {
                return objects(list);
            }
        }
        return List.of();
    }

    static List<Map<?, ?>> objects(@Nullable Object value) {
        List<Map<?, ?>> objects = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object item : list) {
                if (item instanceof Map<?, ?> map) {
                    objects.add(map);
                }
            }
        }
        return objects;
    }

    /**
     * A member as text, whole numbers in groups of three digits and others with two decimals; empty if there is none.
     */
    static String text(Map<?, ?> object, String name) {
        Object value = object.get(name);
        if (value == null) {
            return "";
        }
        if (value instanceof Double number) {
            return String.format(Locale.ROOT, "%.2f", number);
        }
        if (value instanceof Long number) {
            return String.format(Locale.ROOT, "%,d", number);
        }
        if (value instanceof List<?> list) {
            List<String> items = list.stream().filter(item -> !(item instanceof Map)).map(String::valueOf).toList();
            return String.join(", ", items);
        }
        return String.valueOf(value);
    }

    static long number(Map<?, ?> object, String name) {
        return object.get(name) instanceof Number number ? number.longValue() : 0;
    }
}

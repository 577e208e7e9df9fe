package io.pinfold.jcstress.mutants.mechanical;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The list files beside these classes: lines {@code NAME: REST}, empty ones, and comments behind a #. */
final class NamedLines {

    private NamedLines() {
    }

    /** The text of a file that is part of this module. */
    static String text(String name) {
        try (InputStream in = NamedLines.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not beside its reader");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The lines by their names.
     *
     * @throws IllegalArgumentException naming a line without rest, or a name that comes twice
     */
    static Map<String, String> lines(String file, String text) {
        Map<String, String> lines = new LinkedHashMap<>();
        for (String line : text.lines().filter(one -> !one.isBlank() && !one.startsWith("#")).toList()) {
            String[] parts = line.split(":", 2);
            if (parts.length < 2 || parts[1].isBlank()) {
                throw new IllegalArgumentException(file + ": nothing behind the colon: " + line);
            }
            if (lines.put(parts[0].strip(), parts[1].strip()) != null) {
                throw new IllegalArgumentException(file + ": for the second time: " + line);
            }
        }
        return lines;
    }
}

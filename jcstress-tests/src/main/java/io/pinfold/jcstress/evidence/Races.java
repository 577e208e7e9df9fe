package io.pinfold.jcstress.evidence;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The races of core/RULES.md with the tests of each: {@code races.txt}.
 *
 * @param id    R1 to R35, "-" for a race outside of the catalogue
 * @param what  the race in a few words
 * @param tests race classes
 * @param rest  other evidence, or what is missing: "open: needs ..."
 */
record Races(String id, String what, List<String> tests, String rest) {
    private static final String FILE = "races.txt";

    static List<Races> all() throws IOException {
        List<Races> races = new ArrayList<>();
        try (InputStream in = Races.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IOException("no " + FILE);
            }
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
                String[] columns = line.split("\\|", -1);
                races.add(new Races(columns[0], columns[1],
                        columns[2].isEmpty() ? List.of() : List.of(columns[2].split(", ")), columns[3]));
            }
        }
        return races;
    }

    boolean isOpen() {
        return tests.isEmpty() && rest.startsWith("open:");
    }
}

package io.pinfold.jcstress.explore.cli;

import io.pinfold.jcstress.explore.search.Site;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The protocol step that an access is: the id at the end of its source line, as in {@code // W3 -> U1 (SB)}, or on the line of the
 * innermost caller that has one. Sources are looked for where the launcher says the project is.
 */
final class StepIds {
    private static final List<String> ROOTS = List.of("core/src/main/java", "fastpath/src/main/java",
            "hw-model/src/main/java", "jcstress-tests/src/explore/java", "jcstress-tests/src/explore-test/java");
    private static final Pattern ID = Pattern.compile("//\\s*([A-Z]\\d+[a-z]?)\\b");
    /** A statement may go on for a few lines before the comment comes. */
    private static final int STATEMENT_LINES = 4;

    private final Path home = Path.of(System.getProperty("pinfold.home", "."));
    private final Map<String, List<String>> sources = new HashMap<>();

    /** The id; if no line has one, the name of the method in brackets. */
    String of(List<Site> sites) {
        for (Site site : sites) {
            String id = at(site);
            if (!id.isEmpty()) {
                return id;
            }
        }
        return sites.isEmpty() ? "" : "(" + sites.getFirst().method() + ")";
    }

    private String at(Site site) {
        List<String> lines = sources.computeIfAbsent(site.className().replaceFirst("\\$.*", ""), this::read);
        for (int line = site.line(); line < site.line() + STATEMENT_LINES && 0 < line && line <= lines.size(); line++) {
            String text = lines.get(line - 1);
            Matcher matcher = ID.matcher(text);
            if (matcher.find()) {
                return matcher.group(1);
            }
            if (text.matches(".*[;{}]\\s*(//.*)?")) {
                return "";
            }
        }
        return "";
    }

    private List<String> read(String className) {
        for (String root : ROOTS) {
            Path file = home.resolve(root).resolve(className.replace('.', '/') + ".java");
            if (Files.isRegularFile(file)) {
                try {
                    return Files.readAllLines(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return List.of();
    }
}

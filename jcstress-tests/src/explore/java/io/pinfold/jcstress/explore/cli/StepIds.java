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
 * Finds the protocol step of an access, as in {@code // WALK7 -> UNMAP1 (SB)}: the id in the comment at the end of its
 * statement or above it, or that of the innermost caller that has one. Sources are searched for in the project of the
 * launcher.
 */
final class StepIds {
    private static final List<String> ROOTS = List.of("core/src/main/java", "fastpath/src/main/java",
            "hw-model/src/main/java", "jcstress-tests/src/explore/java", "jcstress-tests/src/explore-test/java");
    private static final Pattern ID = Pattern.compile("//\\s*([A-Z]{3,}\\d+)\\b");
    private static final Pattern END_OF_STATEMENT = Pattern.compile(".*[;{}]\\s*(//.*)?");
    /** The end of the search upwards: a blank line or the beginning of a method, above which other steps begin. */
    private static final Pattern END_OF_BLOCK = Pattern
            .compile("\\s*|\\s*(public|private|static|final|@).*\\{|\\s*\\*/");
    /** The most lines of a statement before its comment. */
    private static final int STATEMENT_LINES = 3;
    /** A comment of its own line belongs to the next statement. */
    private static final int LINES_ABOVE = 6;

    private final Path home = home();
    private final Map<String, List<String>> sources = new HashMap<>();

    /** The project of the launcher; else this folder, or the one above, where a module's build runs. */
    private static Path home() {
        String told = System.getProperty("pinfold.home");
        Path here = Path.of("").toAbsolutePath();
        return told != null ? Path.of(told) : Files.isDirectory(here.resolve("core")) ? here : here.resolve("..");
    }

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
        int line = site.line();
        if (line < 1 || line > lines.size()) {
            return "";
        }
        for (int at = line; at <= Math.min(lines.size(), line + STATEMENT_LINES); at++) {
            String id = id(lines.get(at - 1));
            if (!id.isEmpty() || END_OF_STATEMENT.matcher(lines.get(at - 1)).matches()) {
                if (!id.isEmpty()) {
                    return id;
                }
                break;
            }
        }
        for (int at = line - 1;
                at >= Math.max(1, line - LINES_ABOVE) && !END_OF_BLOCK.matcher(lines.get(at - 1)).matches(); at--) {
            String id = id(lines.get(at - 1));
            if (!id.isEmpty()) {
                return id;
            }
        }
        return "";
    }

    private static String id(String line) {
        Matcher matcher = ID.matcher(line);
        return matcher.find() ? matcher.group(1) : "";
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

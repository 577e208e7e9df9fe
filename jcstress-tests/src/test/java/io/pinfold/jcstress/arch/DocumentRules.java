package io.pinfold.jcstress.arch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rules for the text of one document. */
final class DocumentRules {
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");

    private DocumentRules() {
    }

    /** The number of words, as {@code wc -w} counts them. */
    static int words(String text) {
        return text.isBlank() ? 0 : text.strip().split("\\s+").length;
    }

    /** The number of the line where the first Java begins; 0 if there is none. */
    static int firstJava(String text) {
        return text.lines().toList().indexOf("```java") + 1;
    }

    /** The lines in the fenced blocks of a section. */
    static List<String> commands(String text, String heading) {
        List<String> commands = new ArrayList<>();
        boolean inside = false;
        boolean fenced = false;
        for (String line : text.lines().toList()) {
            if (line.startsWith("```")) {
                fenced = !fenced;
            } else if (fenced && inside) {
                commands.add(line);
            } else if (!fenced && line.startsWith("#")) {
                inside = line.equals("## " + heading);
            }
        }
        return commands;
    }

    /** Links to files that do not exist, or to headings that their document lacks. */
    static List<String> brokenLinks(Path file, String text) throws IOException {
        List<String> broken = new ArrayList<>();
        for (Matcher link = LINK.matcher(text); link.find();) {
            String target = link.group(1);
            if (!target.startsWith("https:")) {
                String[] parts = target.split("#", 2);
                Path path = parts[0].isEmpty() ? file : file.resolveSibling(parts[0]);
                boolean leads = Files.exists(path)
                        && (parts.length == 1 || anchors(parts[0].isEmpty() ? text : Files.readString(path))
                                .contains(parts[1]));
                if (!leads) {
                    broken.add(file + ": " + target);
                }
            }
        }
        return broken;
    }

    private static List<String> anchors(String text) {
        return text.lines().filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    /** The cells of all tables, without their heads. */
    static List<List<String>> rows(String text) {
        List<List<String>> rows = new ArrayList<>();
        boolean body = false;
        for (String line : text.lines().toList()) {
            if (!line.startsWith("|")) {
                body = false;
            } else if (line.matches("\\|[ |:-]+\\|")) {
                body = true;
            } else if (body) {
                String inner = line.substring(1, line.length() - 1);
                rows.add(Stream.of(inner.split("\\|", -1)).map(String::strip).toList());
            }
        }
        return rows;
    }
}

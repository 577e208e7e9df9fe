package io.pinfold.jcstress.arch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The types, members and explorer scenarios of the tree, to compare with what documents name in backticks. */
final class TreeNames {
    private static final Pattern TYPE = Pattern
            .compile("(?m)^\\s*(?:[a-z@-]+ )*(?:class|interface|enum|record|@interface) ([A-Z]\\w*)");
    /** Comments that begin a line, or end it without a quotation mark in it: strings may hold the same characters. */
    private static final Pattern COMMENT = Pattern.compile("(?ms)^\\s*/\\*.*?\\*/|//[^\"\\n]*$");
    private static final Pattern EXTENDS = Pattern.compile("\\bextends ([A-Z]\\w*)");
    private static final Pattern SCENARIO = Pattern.compile("\"([a-z]+(?:-[a-z]+)*-vs-[a-z-]+)\"");
    /** A package or none, a type with a small letter in its name, a member or none, and arguments or none. */
    private static final Pattern NAME = Pattern
            .compile("`((?:[a-z]+\\.)+)?([A-Z]\\w*[a-z]\\w*)(?:([.#])(\\w+))?(?:\\([^`]*\\))?`");
    private static final Pattern RACE = Pattern.compile("`([a-z]+(?:-[a-z]+)*-vs-[a-z-]+)`");
    /** Names of the JDK and of libraries. */
    private static final Set<String> ELSEWHERE = Set.of("FileChannel", "MemorySegment", "ThreadLocal",
            "ConcurrentHashMap", "NullMarked", "IllegalStateException", "HdrHistogram");
    /**
     * The most superclasses in which a member is searched for: {@link #EXTENDS} may match a false parent, and the
     * search must end.
     */
    private static final int PARENTS = 4;

    private final Map<String, List<String>> sources = new HashMap<>();
    private final Set<String> scenarios = new HashSet<>();

    private TreeNames() {
    }

    /** Reads all Java below the folders {@code src} of a checkout. */
    static TreeNames of(Path root) throws IOException {
        TreeNames names = new TreeNames();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".java")
                    && file.toString().contains("/src/") && !file.toString().contains("/target/")).toList()) {
                names.add(Files.readString(file));
            }
        }
        return names;
    }

    private void add(String text) {
        String source = COMMENT.matcher(text).replaceAll("");
        for (Matcher type = TYPE.matcher(source); type.find();) {
            sources.computeIfAbsent(type.group(1), _ -> new ArrayList<>()).add(source);
        }
        for (Matcher scenario = SCENARIO.matcher(source); scenario.find();) {
            scenarios.add(scenario.group(1));
        }
    }

    /** The names in the text that the tree does not have. */
    List<String> missing(String text) {
        List<String> missing = new ArrayList<>();
        for (Matcher name = NAME.matcher(text); name.find();) {
            if (!has(name.group(1), name.group(2), "#".equals(name.group(3)), name.group(4))) {
                missing.add(name.group());
            }
        }
        for (Matcher race = RACE.matcher(text); race.find();) {
            if (!scenarios.contains(race.group(1))) {
                missing.add(race.group());
            }
        }
        return missing;
    }

    private boolean has(String folder, String type, boolean method, String member) {
        if (folder == null && ELSEWHERE.contains(type)) {
            return true;
        }
        // The last packages are enough to distinguish types of one name.
        Pattern packaged = Pattern.compile("(?m)^package ([\\w.]+\\.)?"
                + (folder == null ? "\\w+" : Pattern.quote(folder.substring(0, folder.length() - 1))) + ";");
        return sources.getOrDefault(type, List.of()).stream().filter(source -> packaged.matcher(source).find())
                .anyMatch(source -> member == null || hasMember(source, method, member, PARENTS));
    }

    /** The member may be inherited from a class of the tree. */
    private boolean hasMember(String source, boolean method, String member, int parents) {
        if (Pattern.compile("\\b" + member + (method ? "\\(" : "\\b")).matcher(source).find()) {
            return true;
        }
        Matcher parent = EXTENDS.matcher(source);
        return parents > 0 && parent.find() && sources.getOrDefault(parent.group(1), List.of()).stream()
                .anyMatch(inherited -> hasMember(inherited, method, member, parents - 1));
    }
}

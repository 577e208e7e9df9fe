package io.pinfold.jcstress.arch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The step ids of a tree, and their faults. A step is a prefix, the name of one protocol, and a number. One table of
 * the tree assigns each prefix to a class; that class defines its steps, in a {@code <pre>} of its Javadoc; all other
 * files cite them.
 */
final class Steps {
    /** The head of the table of protocols. */
    static final String TABLE = "| protocol | steps | class | ledger | scenarios | race tests |";

    /** A constant of an enum of clauses. */
    private static final Pattern CLAUSE = Pattern.compile("(?m)^    ([A-Z]+)(\\d+)\\(");
    private static final Pattern ID = Pattern.compile("\\b([A-Z]{3,})([1-9]\\d?)\\b");
    /** The beginning of a cell: at the line's start, after two blanks, or after the name of a side. */
    private static final Pattern DEFINITION = Pattern.compile("(?:\\* *|  +|: +)([A-Z]{3,})([1-9]\\d?) (?!to )");
    private static final Pattern PRE = Pattern.compile("<pre>\\n(.*?)</pre>", Pattern.DOTALL);
    private static final Pattern COMMENT = Pattern
            .compile("//[^\\n]*|/\\*.*?\\*/|\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])*'",
                    Pattern.DOTALL);
    /** The beginning of the comment of an access. */
    private static final Pattern ACCESS = Pattern.compile("//\\s*(?=[A-Z]{3,}\\d)(.*)");
    /** One letter and a number is a label of RULES.md, which no access has. */
    private static final Pattern LETTER = Pattern.compile("//\\s*([A-Z]\\d{1,2})(?: ->| =|,|:|$)");

    /** One row of the table of protocols. */
    record Protocol(String name, List<String> prefixes, String owner, String ledger, List<String> scenarios,
            List<String> races) {
    }

    private final Map<String, String> files;
    private final Map<String, Protocol> byPrefix = new TreeMap<>();
    private final List<Protocol> protocols = new ArrayList<>();
    private final Set<String> defined = new TreeSet<>();
    private final Set<String> clauses = new TreeSet<>();
    private final Set<String> accessed = new TreeSet<>();
    private final List<String> problems = new ArrayList<>();

    /** @param files text by path: Java, Markdown and data of all modules */
    Steps(Map<String, String> files) {
        this.files = new TreeMap<>(files);
        readTable();
        byPrefix.forEach(this::define);
        this.files.forEach(this::clauses);
        this.files.forEach(this::cite);
        for (String id : defined) {
            if (!accessed.contains(id)) {
                problems.add(id + " is defined, and no access has it in a comment");
            }
        }
    }

    List<String> problems() {
        return problems;
    }

    Set<String> defined() {
        return defined;
    }

    List<Protocol> protocols() {
        return protocols;
    }

    private void readTable() {
        int tables = 0;
        for (Map.Entry<String, String> file : files.entrySet()) {
            if (!file.getKey().endsWith(".md") || !file.getValue().contains(TABLE)) {
                continue;
            }
            tables++;
            String rest = file.getValue().substring(file.getValue().indexOf(TABLE));
            rest.lines().skip(2).takeWhile(line -> line.startsWith("|")).forEach(this::row);
        }
        if (tables != 1) {
            problems.add("the table of protocols stands in " + tables + " files");
        }
    }

    private void row(String line) {
        String[] cells = line.split("\\|", -1);
        if (cells.length != 8) {
            problems.add("not a row of the table of protocols: " + line);
            return;
        }
        List<String> prefixes = words(cells[2]);
        Protocol protocol = new Protocol(cells[1].strip(), prefixes, String.join("", words(cells[3])), cells[4].strip(),
                words(cells[5]), words(cells[6]));
        protocols.add(protocol);
        for (String prefix : prefixes) {
            if (byPrefix.put(prefix, protocol) != null) {
                problems.add(prefix + " belongs to two protocols");
            }
        }
    }

    private static List<String> words(String cell) {
        return cell.strip().equals("-") ? List.of() : List.of(cell.strip().replace("`", "").split(",\\s*", -1));
    }

    /** The steps of one prefix, in the order of their table. */
    private void define(String prefix, Protocol protocol) {
        Map<String, List<Integer>> found = new LinkedHashMap<>();
        for (Map.Entry<String, String> file : files.entrySet()) {
            if (file.getKey().endsWith("/" + protocol.owner() + ".java")) {
                List<Integer> numbers = numbers(prefix, file.getValue());
                if (!numbers.isEmpty()) {
                    found.put(file.getKey(), numbers);
                }
            }
        }
        if (found.size() != 1) {
            problems.add(
                    prefix + " is defined in " + found.size() + " classes " + protocol.owner() + " and not in one");
            return;
        }
        List<Integer> numbers = found.values().iterator().next();
        for (int i = 0; i < numbers.size(); i++) {
            if (numbers.get(i) != i + 1) {
                problems.add(prefix + " has the steps " + numbers + " and not 1, 2, 3 in the order of its table");
                break;
            }
        }
        numbers.forEach(number -> defined.add(prefix + number));
    }

    private static List<Integer> numbers(String prefix, String source) {
        List<Integer> numbers = new ArrayList<>();
        for (Matcher pre = PRE.matcher(source); pre.find();) {
            pre.group(1).lines().filter(line -> !line.contains("must not happen:")).forEach(line -> {
                for (Matcher at = DEFINITION.matcher(line); at.find();) {
                    if (at.group(1).equals(prefix)) {
                        numbers.add(Integer.parseInt(at.group(2)));
                    }
                }
            });
        }
        return numbers;
    }

    /** The clauses of an audit are the constants of an enum, and may be cited like steps. */
    private void clauses(String path, String text) {
        if (!path.endsWith("Clause.java")) {
            return;
        }
        for (Matcher clause = CLAUSE.matcher(text); clause.find();) {
            clauses.add(clause.group(1) + clause.group(2));
            if (byPrefix.containsKey(clause.group(1))) {
                problems.add(path + " has a clause with the prefix of a protocol: " + clause.group(1));
            }
        }
    }

    private void cite(String path, String text) {
        if (path.endsWith(".java")) {
            for (Matcher at = COMMENT.matcher(text); at.find();) {
                boolean isComment = at.group().startsWith("/");
                ids(path, at.group(), isComment);
                if (isComment) {
                    access(path, text, at);
                }
            }
        } else {
            ids(path, text, true);
        }
    }

    /** Capitals and a number in a string may mean something else, unless a protocol has that prefix. */
    private void ids(String path, String text, boolean isProse) {
        for (Matcher id = ID.matcher(text); id.find();) {
            if (!defined.contains(id.group()) && !clauses.contains(id.group())
                    && (isProse || byPrefix.containsKey(id.group(1)))) {
                problems.add(path + " cites " + id.group() + ", which no table of a protocol defines");
            }
        }
    }

    private void access(String path, String text, Matcher comment) {
        Matcher letter = LETTER.matcher(comment.group());
        if (letter.lookingAt()) {
            problems.add(path + " has an access without the prefix of a protocol: " + comment.group());
        }
        Matcher access = ACCESS.matcher(comment.group());
        if (!access.lookingAt()) {
            return;
        }
        String before = text.substring(text.lastIndexOf('\n', comment.start()) + 1, comment.start());
        String next = text.substring(comment.end()).lines().skip(1).map(String::strip)
                .dropWhile(line -> line.startsWith("//")).findFirst().orElse("");
        if (before.isBlank() && (next.isEmpty() || next.startsWith("}") && !next.startsWith("} else"))) {
            problems.add(path + " has the comment of an access where no code is: " + comment.group());
            return;
        }
        String own = access.group(1).replaceFirst(" ->.*", "");
        for (Matcher id = ID.matcher(own); id.find();) {
            accessed.add(id.group());
        }
        Matcher range = Pattern.compile("([A-Z]{3,})(\\d+) to \\1(\\d+)").matcher(own);
        while (range.find()) {
            for (int i = Integer.parseInt(range.group(2)); i <= Integer.parseInt(range.group(3)); i++) {
                accessed.add(range.group(1) + i);
            }
        }
    }
}

package io.pinfold.jcstress.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The samples of each test over many runs. They are kept in a committed file of tab-separated lines, one line for each
 * test, commit, JVM and machine.
 *
 * <p>A line names the runs that it sums up, so that adding a run twice changes nothing. Files of two machines can be
 * merged by adding the lines of one to the other.
 */
public final class Totals {
    private static final String HEADER = "test\tcommit\tdirty\tjvm\tsystem\tcpu\tlast\tsamples\toverlapping\tbroken\truns";
    private static final int COLUMNS = 11;

    /** The key of a line. */
    private record Key(String test, Origin origin) {
    }

    /**
     * A line.
     *
     * @param test        {@code Race.Real}
     * @param last        day of the last run
     * @param samples     all samples
     * @param overlapping of these, with an outcome that only an interleaving can produce
     * @param broken      of these, with the outcome a model was weakened for
     * @param runs        ids of the runs
     */
    public record Row(String test, Origin origin, String last, long samples, long overlapping, long broken,
            NavigableSet<String> runs) {
        /** The sum of this line and another, which must have no run in common. */
        private Row plus(Row other) {
            NavigableSet<String> all = new TreeSet<>(runs);
            all.addAll(other.runs);
            return new Row(test, origin, last.compareTo(other.last) > 0 ? last : other.last, samples + other.samples,
                    overlapping + other.overlapping, broken + other.broken, all);
        }
    }

    private final Map<Key, Row> rows = new LinkedHashMap<>();

    /** Reads a file; a missing file is empty. */
    public static Totals read(Path file) throws IOException {
        Totals totals = new Totals();
        if (Files.exists(file)) {
            List<String> lines = Files.readAllLines(file);
            for (String line : lines) {
                if (!line.isBlank() && !line.equals(HEADER)) {
                    totals.put(parse(file, line));
                }
            }
        }
        return totals;
    }

    /**
     * Adds a run of a test, unless the file has it already or it failed: a failure is no evidence. True if it was
     * added.
     */
    public boolean add(String run, String day, Origin origin, Tally tally) {
        if (!tally.problems().isEmpty()) {
            return false;
        }
        Row row = new Row(Verdict.shortName(tally.test()), origin, day, tally.samples(), tally.overlap(),
                tally.broken(), new TreeSet<>(List.of(run)));
        return put(row);
    }

    private boolean put(Row row) {
        Key key = new Key(row.test(), row.origin());
        Row found = rows.get(key);
        if (found == null) {
            rows.put(key, row);
            return true;
        }
        if (found.runs().stream().anyMatch(row.runs()::contains)) {
            return false;
        }
        rows.put(key, found.plus(row));
        return true;
    }

    /** All lines, sorted. */
    public List<Row> rows() {
        List<Row> sorted = new ArrayList<>(rows.values());
        sorted.sort(Comparator.comparing(Row::test).thenComparing(row -> row.origin().toString()));
        return sorted;
    }

    /** Samples of a test, {@code Race.Real}, over all lines whose origin counts. */
    public long samples(String shortName, Predicate<Origin> counts) {
        return rows.values().stream().filter(row -> row.test().equals(shortName) && counts.test(row.origin()))
                .mapToLong(Row::samples).sum();
    }

    /** Writes the file anew, whole or not at all. */
    public void write(Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IOException(file + " is a directory");
        }
        Files.createDirectories(parent);
        List<String> lines = new ArrayList<>(List.of(HEADER));
        for (Row row : rows()) {
            lines.add(line(row));
        }
        Path next = Files.createTempFile(parent, "totals", ".tmp");
        Files.write(next, lines);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String line(Row row) {
        Origin origin = row.origin();
        return String.join("\t", row.test(), origin.commit(), origin.isDirty() ? "dirty" : "clean", origin.jvm(),
                origin.system(), origin.cpu(), row.last(), Long.toString(row.samples()),
                Long.toString(row.overlapping()), Long.toString(row.broken()), String.join(",", row.runs()));
    }

    private static Row parse(Path file, String line) throws IOException {
        String[] columns = line.split("\t", -1);
        if (columns.length != COLUMNS) {
            throw new IOException(file + ": " + columns.length + " columns in: " + line);
        }
        try {
            Origin origin = new Origin(columns[1], columns[2].equals("dirty"), columns[3], columns[4], columns[5]);
            return new Row(columns[0], origin, columns[6], Long.parseLong(columns[7]), Long.parseLong(columns[8]),
                    Long.parseLong(columns[9]), new TreeSet<>(Arrays.asList(columns[10].split(","))));
        } catch (NumberFormatException e) {
            throw new IOException(file + ": no number in: " + line, e);
        }
    }
}

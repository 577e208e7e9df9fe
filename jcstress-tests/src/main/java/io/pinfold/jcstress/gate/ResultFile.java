package io.pinfold.jcstress.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.TestResultCollector;

/** Reads the binary results that jcstress leaves in its working directory. */
public final class ResultFile {
    private ResultFile() {
    }

    /**
     * Adds up the results in a directory, by test.
     *
     * @param directory working directory of one jcstress run; a run in which no test matched leaves no results in it
     * @throws IOException when a result file cannot be read
     */
    public static SortedMap<String, Tally> read(Path directory) throws IOException {
        SortedMap<String, Tally> tallies = new TreeMap<>();
        TestResultCollector sum = result -> tallies.merge(result.getName(), Tally.of(result), Tally::plus);
        for (Path file : files(directory)) {
            DiskReadCollector reader = new DiskReadCollector(file.toString(), sum);
            try {
                reader.dump();
            } catch (ClassNotFoundException e) {
                throw new IOException("result file " + file + " is of another jcstress", e);
            } finally {
                reader.close();
            }
        }
        return tallies;
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> file.getFileName().toString().matches("jcstress-results-.*\\.bin\\.gz")).sorted()
                    .toList();
        }
    }
}

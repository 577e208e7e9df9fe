package io.pinfold.jcstress.gate;

import io.pinfold.hwmodel.cli.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reports the progress of a jcstress run from the lines that it prints after each test in each mode.
 *
 * @param file     output of jcstress
 * @param progress receives the progress
 */
record ConsoleLog(Path file, Progress progress) implements Runnable {
    private static final Pattern RESULTS = Pattern
            .compile("\\(Results: (\\d+) planned; (\\d+) passed, (\\d+) failed, (\\d+) soft errs, (\\d+) hard errs\\)");

    /** The runs done and the runs to do; 0 if that is not known yet. */
    record Results(long done, long planned) {
    }

    @Override
    public void run() {
        try {
            Results results = last(file);
            if (results.planned() > 0) {
                progress.at(results.done(), results.planned(), "");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Results last(Path file) throws IOException {
        Results last = new Results(0, 0);
        Matcher results = RESULTS.matcher(Files.exists(file) ? Files.readString(file) : "");
        while (results.find()) {
            long done = 0;
            for (int i = 2; i <= results.groupCount(); i++) {
                done += Long.parseLong(results.group(i));
            }
            last = new Results(done, Long.parseLong(results.group(1)));
        }
        return last;
    }
}

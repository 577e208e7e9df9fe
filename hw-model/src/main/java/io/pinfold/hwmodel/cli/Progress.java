package io.pinfold.hwmodel.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongConsumer;

/** A banner when the job starts, then a line that tells how far it is; the line only if somebody watches. */
final class Progress implements LongConsumer, AutoCloseable {

    private static final long INTERVAL_NANOS = 200_000_000;

    private final PrintWriter err;
    private final boolean watched;
    private final long total;
    private final long start = System.nanoTime();
    private final String banner;
    private long lastShown = start - INTERVAL_NANOS;
    private boolean shown;

    Progress(PrintWriter err, String banner, long total) {
        this(err, banner, total, isTerminal());
    }

    Progress(PrintWriter err, String banner, long total, boolean watched) {
        this.err = err;
        this.banner = banner;
        this.total = total;
        this.watched = watched;
    }

    /** The launcher looks at stderr itself and says so; without it, the console is the best guess. */
    @SuppressWarnings("SystemConsoleNull") // with -Djdk.console=java.base it is null when redirected
    private static boolean isTerminal() {
        String told = System.getProperty("pinfold.progress");
        if (told != null) {
            return Boolean.parseBoolean(told);
        }
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    @Override
    public void accept(long done) {
        if (done == 0) {
            err.println(banner);
            err.flush();
        }
        long now = System.nanoTime();
        if (!watched || now - lastShown < INTERVAL_NANOS) {
            return;
        }
        lastShown = now;
        shown = true;
        double seconds = (now - start) / 1e9;
        err.printf(Locale.ROOT, "\r%3d %%  %,d of %,d bytes  %.0f MB/s ", total == 0 ? 100 : done * 100 / total, done,
                total, done / seconds / 1e6);
        err.flush();
    }

    /** Ends the line. */
    @Override
    public void close() {
        if (shown) {
            err.println();
            err.flush();
        }
    }
}

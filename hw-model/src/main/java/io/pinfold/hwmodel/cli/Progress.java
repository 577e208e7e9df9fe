package io.pinfold.hwmodel.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * A line on standard error with the progress of a job and the time left, overwritten in place. It is shown on a
 * terminal only; lines that are to stay ({@link #say}) are printed everywhere. Any thread may call.
 *
 * <p>The time left is an extrapolation of the time so far, so it is rough when the parts of a job differ in size.
 */
public final class Progress implements AutoCloseable {

    private static final long INTERVAL_NANOS = 200_000_000;
    /** The longest line: a longer one would wrap on the usual terminal, and only its last part could be erased. */
    private static final int WIDTH = 79;
    private static final String BACK = "\r";
    private static final String ERASE = "\r\033[K";

    private final PrintWriter err;
    private final boolean isTerminal;
    private final String units;
    private long start = System.nanoTime();
    private long total;
    private long done;
    private long lastShown = start - INTERVAL_NANOS;
    private boolean isShown;

    /**
     * Opens a progress line, which is not shown yet.
     *
     * @param units what is counted, in the plural
     * @param total how many there are
     */
    public Progress(PrintWriter err, String units, long total) {
        this(err, units, total, isTerminal());
    }

    /** Opens a progress line with a given answer to whether standard error is a terminal. */
    Progress(PrintWriter err, String units, long total, boolean isTerminal) {
        this.err = err;
        this.units = units;
        this.total = total;
        this.isTerminal = isTerminal;
    }

    /**
     * Whether standard error is a terminal: the launcher checks that and passes it on; without the launcher, the
     * console is the best indication.
     */
    @SuppressWarnings("SystemConsoleNull") // null with -Djdk.console=java.base if a stream is redirected
    private static boolean isTerminal() {
        String told = System.getProperty("pinfold.progress");
        if (told != null) {
            return Boolean.parseBoolean(told);
        }
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /**
     * Sets how many units are done.
     *
     * @param now name of the part at work; empty if it has none
     */
    public synchronized void at(long done, String now) {
        this.done = done;
        long time = System.nanoTime();
        if (isTerminal && (time - lastShown >= INTERVAL_NANOS || done == total)) {
            lastShown = time;
            show(now, time - start);
        }
    }

    /** Sets how many units are done and how many there are, for a total that is known late. */
    public synchronized void at(long done, long total, String now) {
        this.total = total;
        at(done, now);
    }

    /** Begins another part of the job, whose time left does not depend on the parts before. */
    public synchronized void restart(long total) {
        this.total = total;
        done = 0;
        start = System.nanoTime();
    }

    /** Counts one more unit as done. */
    public synchronized void step(String now) {
        at(done + 1, now);
    }

    /** Prints a line that stays. */
    public synchronized void say(String line) {
        hide();
        err.println(line);
        err.flush();
    }

    /** Erases the line before something else is printed on the terminal. */
    public synchronized void hide() {
        if (isShown) {
            err.print(ERASE);
            err.flush();
            isShown = false;
        }
    }

    private void show(String now, long nanos) {
        String line = String.format(Locale.ROOT, "%3d %%  %,d of %,d %s%s%s", total == 0 ? 100 : done * 100 / total,
                done, total, units, left(nanos), now.isEmpty() ? "" : ": " + now);
        err.print((isShown ? ERASE : BACK) + (line.length() > WIDTH ? line.substring(0, WIDTH) : line));
        err.flush();
        isShown = true;
    }

    private String left(long nanos) {
        if (done == 0 || done >= total) {
            return "";
        }
        Duration left = Duration.ofNanos((long) (nanos * (double) (total - done) / done));
        String time = left.toHours() > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d", left.toMinutesPart(), left.toSecondsPart());
        return ", " + time + " left";
    }

    /** Erases the line: the command's own output follows. */
    @Override
    public void close() {
        hide();
    }
}

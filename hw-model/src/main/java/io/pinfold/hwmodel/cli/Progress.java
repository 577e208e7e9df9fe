package io.pinfold.hwmodel.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * A line on standard error that tells how far a job is and how long it will still take, written over in place. It is
 * shown on a terminal only; lines that are to stay ({@link #say}) are printed everywhere. Any thread may call.
 *
 * <p>The time left is that of what is done so far, continued: rough when the parts of a job are of different size.
 */
public final class Progress implements AutoCloseable {

    private static final long INTERVAL_NANOS = 200_000_000;
    /** A longer line would wrap on the usual terminal, and only its last part could be taken away again. */
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
     * Nothing is shown yet.
     *
     * @param units what is counted, in the plural
     * @param total how many there are
     */
    public Progress(PrintWriter err, String units, long total) {
        this(err, units, total, isTerminal());
    }

    /** The same where it is known whether somebody watches. */
    Progress(PrintWriter err, String units, long total, boolean isTerminal) {
        this.err = err;
        this.units = units;
        this.total = total;
        this.isTerminal = isTerminal;
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

    /**
     * So many are done.
     *
     * @param now what is at work; empty if there is nothing to say about it
     */
    public synchronized void at(long done, String now) {
        this.done = done;
        long time = System.nanoTime();
        if (isTerminal && (time - lastShown >= INTERVAL_NANOS || done == total)) {
            lastShown = time;
            show(now, time - start);
        }
    }

    /** The same where only now is known how many there are. */
    public synchronized void at(long done, long total, String now) {
        this.total = total;
        at(done, now);
    }

    /** Another part of the job begins, whose time left has nothing to do with what was before. */
    public synchronized void restart(long total) {
        this.total = total;
        done = 0;
        start = System.nanoTime();
    }

    /** One more is done. */
    public synchronized void step(String now) {
        at(done + 1, now);
    }

    /** Prints a line that stays. */
    public synchronized void say(String line) {
        hide();
        err.println(line);
        err.flush();
    }

    /** Takes the line away, before something else is printed on the terminal. */
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

    /** Takes the line away: what the job has to say comes next. */
    @Override
    public void close() {
        hide();
    }
}

package io.pinfold.hwmodel.conformance;

import java.util.StringJoiner;

/** What one side showed while a row was played on it, in the words in which rows are compared. */
final class Story {

    private final Side side;
    private final boolean isCounted;
    private final StringJoiner told = new StringJoiner("; ");
    private Pins mark;

    /**
     * Begins a story.
     *
     * @param isCounted whether both sides can read their pin counters exactly
     */
    Story(Side side, boolean isCounted) {
        this.side = side;
        this.isCounted = isCounted;
        mark = isCounted ? side.pins() : new Pins(0, 0);
    }

    /** Adds a call, its result, and the pins since the last counted call. */
    void call(String what, long result) {
        told.add(what + " " + Shown.result(result) + pins());
    }

    /** Adds a call that returns a number of bytes. */
    void moved(String what, long result) {
        told.add(what + " " + Shown.count(result) + pins());
    }

    private String pins() {
        if (!isCounted) {
            return "";
        }
        Pins now = side.pins();
        Pins since = now.since(mark);
        mark = now;
        return " " + since;
    }

    /** Adds the pins since the last counted call, on their own. */
    void pins(String what) {
        told.add(what + pins());
    }

    /** Leaves out the pins so far. */
    void skipPins() {
        String _ = pins();
    }

    /** Adds a call and its result without pins. */
    void did(String what, long result) {
        told.add(what + " " + Shown.result(result));
    }

    /** Adds what a reader finds in a page. */
    void sees(String who, int content) {
        told.add(who + " " + Shown.page(content));
    }

    /** Adds any other line. */
    void tell(String fact) {
        told.add(fact);
    }

    /** Adds a step that the row takes for granted: if it fails, there is nothing to compare. */
    void must(String what, long result) {
        if (result < 0) {
            throw new IllegalStateException(what + ": " + Shown.errno(result));
        }
    }

    /** The whole story. */
    String told() {
        return told.toString();
    }
}

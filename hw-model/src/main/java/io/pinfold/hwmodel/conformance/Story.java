package io.pinfold.hwmodel.conformance;

import java.util.StringJoiner;

/** What one side showed while a row was played on it, in the words in which rows are compared. */
final class Story {

    private final Side side;
    private final boolean isCounted;
    private final StringJoiner told = new StringJoiner("; ");
    private Pins mark;

    /** @param isCounted whether both sides can tell their pin counters exactly */
    Story(Side side, boolean isCounted) {
        this.side = side;
        this.isCounted = isCounted;
        mark = isCounted ? side.pins() : new Pins(0, 0);
    }

    /** A call, how it ended, and the pins since the last one that was counted. */
    void call(String what, long result) {
        told.add(what + " " + Shown.result(result) + pins());
    }

    /** The same for a call that answers a number of bytes. */
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

    /** The pins since the last call that was counted, on their own. */
    void pins(String what) {
        told.add(what + pins());
    }

    /** Pins so far are of no interest. */
    void skipPins() {
        String _ = pins();
    }

    /** A call and how it ended; pins are not looked at. */
    void did(String what, long result) {
        told.add(what + " " + Shown.result(result));
    }

    /** What somebody sees in a page. */
    void sees(String who, int content) {
        told.add(who + " " + Shown.page(content));
    }

    /** Anything else. */
    void tell(String fact) {
        told.add(fact);
    }

    /** A step that the row takes for granted: if it fails, there is nothing to compare. */
    void must(String what, long result) {
        if (result < 0) {
            throw new IllegalStateException(what + ": " + Shown.errno(result));
        }
    }

    /** All of it. */
    String told() {
        return told.toString();
    }
}

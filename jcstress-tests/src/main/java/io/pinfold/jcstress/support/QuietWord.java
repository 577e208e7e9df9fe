package io.pinfold.jcstress.support;

import io.pinfold.core.words.Words;

/** The first word of a frame of the shipping library, to which no store may come once a mutator has taken the frame. */
public final class QuietWord {
    private long address;
    private long seen;

    /** None yet: {@link #take} says which. */
    public QuietWord() {
    }

    /** The same, for a frame whose word is zeroed first, because the state before this one stored to it. */
    public static QuietWord zeroed(long pfn) {
        Words.setLongVolatile(Machine.frame(pfn), 0);
        return new QuietWord();
    }

    /** Remembers the word of this frame, which from now on must not change: TAKEN. */
    public String take(long pfn) {
        address = Machine.frame(pfn);
        seen = Words.getLongVolatile(address);
        return "TAKEN";
    }

    /** QUIET, or WRITTEN_LATE if the word has changed. For the arbiter. */
    public String end() {
        return Words.getLongVolatile(address) == seen ? "QUIET" : "WRITTEN_LATE";
    }
}

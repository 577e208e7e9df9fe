package io.pinfold.core.page;

import io.pinfold.core.words.Words;

/**
 * The end of a life in the record of a frame, of RAM and of a device alike: steps FREE3 and FREE4 of the protocol in
 * the Javadoc of the allocator's FrameLife. The count is 0 and stays 0, so no walker can get the frame; stale ones read
 * the compound word at any time, hence no plain stores. Takes a raw address and checks nothing.
 */
public final class LifeEnd {
    /** The generation of a frame whose lives are used up; no life ever has it. */
    public static final int LAST_GENERATION = -1;

    private LifeEnd() {
    }

    /**
     * Clears the record, but for the words that RAM and devices keep in the place of the links, and bumps the
     * generation. A frame that is broken has no other life.
     *
     * @return true if the frame must never be handed out again
     */
    public static boolean write(long record) {
        return write(record, PageType.FREE_BODY, 0);
    }

    /**
     * {@link #write} for a frame that is not free yet: readers in a scope may read it still (SHIELD2). Which epoch's is
     * not known before.
     */
    public static void writeWaiting(long record) {
        boolean _ = write(record, PageType.WAITING, PageLayout.NO_EPOCH_YET);
    }

    private static boolean write(long record, int type, long index) {
        boolean broken = PageFlags.test(record, PageFlags.HWPOISON);
        int generation = broken ? LAST_GENERATION : Words.getIntOpaque(record + PageLayout.GENERATION) + 1;
        boolean last = generation == LAST_GENERATION;
        Words.setLongRelease(record + PageLayout.COMPOUND, Compound.NONE); // FREE3 -> GRAB4
        Words.setIntOpaque(record + PageLayout.PINCOUNT, 0);
        Words.setLongOpaque(record + PageLayout.MAPPING, 0);
        Words.setLongOpaque(record + PageLayout.INDEX, index);
        Words.setLongOpaque(record + PageLayout.PRIVATE, 0);
        Words.setLongRelease(record + PageLayout.FLAGS,
                PageType.toFlags(last && type == PageType.FREE_BODY ? PageType.RETIRED : type));
        // FREE4 (SHIELD2) -> VALID5, SCOPE4: before the allocator sees the frame
        Words.setIntVolatile(record + PageLayout.GENERATION, generation);
        return last;
    }
}

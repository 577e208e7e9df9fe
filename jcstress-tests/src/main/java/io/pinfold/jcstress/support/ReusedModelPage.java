package io.pinfold.jcstress.support;

/**
 * A {@link ModelPage} whose frame is freed by the put of its last reference and handed out again. How often it was
 * freed is counted on a line of its own.
 */
public abstract class ReusedModelPage extends ModelPage {
    private final long generation = count + Cells.LINE;
    private final long held;
    private boolean reused;

    /**
     * @param mapped what is in the entry
     * @param held   references of the walker once it has pinned
     */
    protected ReusedModelPage(long mapped, long held) {
        super(mapped);
        this.held = held;
    }

    /** Drops references; true if they were the last, and then the frame is free. */
    protected final boolean put(long references) {
        boolean last = Cells.getAndAdd(count, -references) == references;
        if (last) {
            Cells.getAndAdd(generation, 1);
        }
        return last;
    }

    /** The free frame is another owner's now. */
    protected final void reuse() {
        Cells.setRelease(count, 1);
        reused = true;
    }

    /** RECYCLED if it was freed though the walker has it, else as {@link Balance#of}; LEFT_0 if frees do not add up. */
    @Override
    protected String balance() {
        long frees = Cells.getVolatile(generation);
        long left = Cells.getVolatile(count) - (pinned ? held : 0) - (reused ? 1 : 0);
        if (pinned && frees != 0) {
            return "RECYCLED";
        }
        return left == 0 && frees == (pinned ? 0 : 1) ? "BALANCED" : "LEFT_" + left;
    }
}

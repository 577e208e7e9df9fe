package io.pinfold.jcstress.support;

/**
 * An allocation right after a folio was unmapped. The free lists are LIFO, so most often it gets the very folio. For
 * one state; made before the actors run.
 */
public final class NextOwner {
    private final long head;
    private final int order;
    private final int born;
    private long allocated;

    /** For the folio that begins at a frame. */
    public NextOwner(long head, int order) {
        this.head = head;
        this.order = order;
        this.born = Machine.generation(head);
    }

    /** Allocates; FREED if the folio had been freed before that, else KEPT. */
    public String allocate() {
        boolean freed = frees() != 0;
        allocated = Machine.allocate(order);
        return freed ? "FREED" : "KEPT";
    }

    /** The frame that was allocated. */
    public long allocated() {
        return allocated;
    }

    /** Whether it has the very folio. */
    public boolean hasIt() {
        return allocated == head;
    }

    /**
     * How often the folio was freed since the beginning; if it is free, other states may have had it in the meantime.
     */
    public int frees() {
        return Machine.generation(head) - born;
    }

    /** Gives back what was allocated, when no actor runs any more. */
    public void put(Machine machine) {
        machine.put(allocated);
    }
}

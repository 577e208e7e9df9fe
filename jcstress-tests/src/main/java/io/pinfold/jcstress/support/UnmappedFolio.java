package io.pinfold.jcstress.support;

/**
 * A page, or a huge leaf, of the shipping library that munmap gives up, and the next owner of its frames. For one
 * state.
 *
 * <p>A page that stays mapped keeps the page tables, so that the race is about the folio alone. It lies apart, so that
 * the two are not one mapping.
 */
public abstract class UnmappedFolio {
    /** Where it is mapped. */
    protected static final long ADDRESS = Machine.BASE;

    /** The machine of this state. */
    protected final Machine machine = Machine.claim();
    /** Allocates the frames after munmap. */
    protected final NextOwner next;

    private final long head;
    private final int order;

    /** A small page. */
    protected UnmappedFolio() {
        this(0);
    }

    /** A page of order 0, or a leaf of {@link Opponent#LEAF_ORDER}. */
    protected UnmappedFolio(int order) {
        machine.furnish(ADDRESS + (2 * Machine.PAGE << order), 1);
        if (order == 0) {
            machine.map(ADDRESS, 1);
        } else {
            machine.mapHuge(ADDRESS);
        }
        this.order = order;
        this.head = machine.frameAt(ADDRESS);
        this.next = new NextOwner(head, order);
    }

    /** munmap, and the next allocation of the size: FREED if it had the folio to give, else KEPT. */
    protected final String unmapAndReuse() {
        machine.unmap(ADDRESS, 1 << order);
        return next.allocate();
    }

    /**
     * Ends the state, for the arbiter: gives pins, frames and the machine back.
     *
     * @param pinned whether the walker's batch holds all pages
     * @return BALANCED; RECYCLED if the folio was freed while it is pinned; LEAKED if it is not freed after the unpin;
     *         LEFT_n_FREED_m if the counts do not add up
     */
    protected final String end(boolean pinned) {
        String held = pinned ? heldBalance() : "BALANCED";
        machine.unpinIf(pinned);
        String balance = "BALANCED".equals(held) ? freeBalance() : held;
        next.put(machine);
        machine.giveBack();
        return balance;
    }

    private String heldBalance() {
        return next.frees() != 0 ? "RECYCLED" : Balance.ofFolio(head, order, true, 0);
    }

    private String freeBalance() {
        int frees = next.frees();
        if (!next.hasIt()) { // It was free since, so other states may have had it in the meantime.
            return frees > 0 ? "BALANCED" : "LEAKED";
        }
        String balance = Balance.ofFolio(head, order, false, 1);
        return frees == 1 && "BALANCED".equals(balance) ? balance
                : "LEFT_" + (Machine.count(head) - 1) + "_FREED_" + frees;
    }
}

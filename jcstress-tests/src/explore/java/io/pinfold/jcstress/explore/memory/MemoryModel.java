package io.pinfold.jcstress.explore.memory;

/**
 * A memory model: it determines which value a load may return and when a store is seen. The search asks in how many
 * ways an access may go, chooses one, and performs it. Steps of no strand, such as a store that leaves its buffer, are
 * events of the model.
 *
 * <p>Only the searching thread calls its methods. Words keep their newest value in real memory through {@link
 * BackingWords}, so that code outside of strands (set-up, final checks) sees it by ordinary access, and so that it is
 * undone before the next run.
 */
public interface MemoryModel {

    /**
     * Begins a run with that many strands, without any history. The content of real memory is visible to all of them.
     */
    void begin(int strands);

    /**
     * The number of ways in which a strand's access may go now: 0 if it must wait (a WAIT whose word has not changed, a
     * volatile load behind a buffered volatile store). Way 0 is the ordinary one: the newest value.
     */
    int ways(int strand, Op op);

    /** Performs an access in one of its ways; returns the value read or found, 0 for a store or fence. */
    long perform(int strand, Op op, int way);

    /**
     * Whether the access concerns only its strand and may be performed at once, without a choice: a store that enters
     * the strand's own buffer.
     */
    boolean isLocal(int strand, Op op);

    /**
     * Whether the access orders the strand's other accesses like a full fence on this memory, whatever its word: a
     * locked instruction that empties a store buffer with something in it. This is asked for words that the model never
     * sees because no two strands share them; the model then gets a fence instead.
     */
    default boolean drains(int strand, Op op) {
        return false;
    }

    /**
     * Whether a store of the strand to that word has not reached real memory yet, so that the access must not go there
     * directly: an unshared word may lie in a filled block whose other words are shared.
     */
    default boolean holds(int strand, Op op) {
        return false;
    }

    /**
     * Whether performing one before the other may give another result or state than the other way round. Both can be
     * performed now: this method and the two below are called before either is.
     */
    boolean dependent(int strandA, Op a, int strandB, Op b);

    /** The number of the model's events that are possible now, such as flushes of a buffer. */
    int events();

    /**
     * The name of the index-th event, the same in every run that reaches this state: the strand whose event it is,
     * times 2^48, plus a number of the word.
     */
    long event(int index);

    /** Performs the event of this name. */
    void performEvent(long event);

    /** Whether an event and a strand's access depend on each other, as {@link #dependent}. */
    boolean dependent(long event, int strand, Op op);

    /** Whether two events depend on each other. */
    boolean dependent(long eventA, long eventB);

    /** Mixes everything that later accesses may depend on into the key of the state. */
    void mix(StateKey key);
}

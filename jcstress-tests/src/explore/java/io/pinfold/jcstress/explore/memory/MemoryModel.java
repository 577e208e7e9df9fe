package io.pinfold.jcstress.explore.memory;

/**
 * What a load may return and when a store is seen. The search asks it in how many ways an access may go, picks one, and
 * has it performed; steps that no strand takes, such as a store that leaves its buffer, it offers as events of its own.
 *
 * <p>Everything here is called on the one searching thread. Words keep their newest value in real memory through
 * {@link BackingWords}, so that code outside of strands (set-up, final checks) sees it by ordinary access, and so that
 * the next run finds it undone.
 */
public interface MemoryModel {

    /** Forgets everything: a run with that many strands begins. What is in real memory is visible to all of them. */
    void begin(int strands);

    /**
     * In how many ways a strand's access may go now: 0 if it must wait (a WAIT whose word has not changed, a volatile
     * load behind a buffered volatile store). Way 0 is the ordinary one: the newest value.
     */
    int ways(int strand, Op op);

    /** Performs an access in one of its ways; the result is the value read or found, 0 for a store or fence. */
    long perform(int strand, Op op, int way);

    /**
     * Whether the access concerns nobody but its strand and may be performed at once, without a choice: a store that
     * enters the strand's own buffer.
     */
    boolean isLocal(int strand, Op op);

    /**
     * Whether the access orders the strand's other accesses like a full fence on this memory, whatever its word: a
     * locked instruction that empties a store buffer with something in it. Asked of words that the model never sees
     * because no two strands share them; it is then given a fence instead.
     */
    default boolean drains(int strand, Op op) {
        return false;
    }

    /**
     * Whether a store of the strand to that word has not reached real memory yet, so that the access must not go there
     * directly: a word that no two strands share lies in a block that was filled, and whose other words they do share.
     */
    default boolean holds(int strand, Op op) {
        return false;
    }

    /**
     * Whether performing one before the other may give another result or state than the other way round. Both can be
     * performed now: it is asked, as the two below are, before either is.
     */
    boolean dependent(int strandA, Op a, int strandB, Op b);

    /** How many events of its own it could perform now, such as flushes of a buffer. */
    int events();

    /**
     * Name of the index-th event, the same in every run that comes to this state: the strand whose event it is, times
     * 2^48, plus a number of the word.
     */
    long event(int index);

    /** Performs the event of that name. */
    void performEvent(long event);

    /** Whether an event and a strand's access depend on each other, as {@link #dependent}. */
    boolean dependent(long event, int strand, Op op);

    /** Whether two events depend on each other. */
    boolean dependent(long eventA, long eventB);

    /** Mixes everything that later accesses may depend on into the key of the state. */
    void mix(StateKey key);
}

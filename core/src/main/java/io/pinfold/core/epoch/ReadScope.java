package io.pinfold.core.epoch;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.HeavyFence;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import java.lang.ref.Reference;

/**
 * The read scope of a session: protected frames that the session finds in it are not given to another owner until it
 * ends. Steps SCOPE1 to SCOPE3 and SCOPE6 of io.pinfold.core.memory.frame.RetiredFrames. It has a word of its own in
 * the session's slot, so that what waits for walks does not wait for it. Only the owner of the session may use it.
 */
public final class ReadScope {
    private final SessionSlot slot;
    private final long wordNumber;
    private final long epochNumber;
    private final MemoryState state;
    /** The epoch when the scope was open: what is retired in it or later waits. Kept by the owner. */
    private long since;

    /** The scope of {@code slot}; there is one. */
    public ReadScope(SessionSlot slot) {
        this.slot = slot;
        this.wordNumber = Align.wordNumber(slot.word() - SlotLayout.WORD + SlotLayout.SCOPE);
        this.epochNumber = Align.wordNumber(slot.slots().epochWord());
        this.state = slot.slots().state();
    }

    private long word() {
        return Align.wordAddress(wordNumber);
    }

    /**
     * Opens the scope. Waits while a close is looking for users.
     *
     * @throws MisuseException if it is open, or the session belongs to another thread, to none, or is closed
     * @throws io.pinfold.core.gup.MemoryClosedException if the memory is closed
     */
    public void begin() {
        slot.requireMine();
        long open = Words.getLongOpaque(word());
        if (open != SlotLayout.NO_SCOPE) {
            throw new MisuseException(slot + " is inside a read scope of epoch " + open
                    + " already: scopes are not nested, and renewScope() begins another one");
        }
        Words.setLongOpaque(word() - SlotLayout.SCOPE + SlotLayout.SCOPE_THREAD, Thread.currentThread().threadId());
        open();
    }

    private void open() {
        for (;;) {
            long epoch = Words.getLongVolatile(Align.wordAddress(epochNumber)); // SCOPE1 -> SHIELD3
            StackRoom.forPart(epoch);
            if (HeavyFence.isAsymmetric()) {
                Words.setLongRelease(word(), epoch); // SCOPE2 -> SHIELD5, CLOSE3
            } else {
                Words.setLongVolatile(word(), epoch); // SCOPE2 -> SHIELD5, CLOSE3
            }
            if (state.get() == MemoryState.OPEN) { // SCOPE3 -> CLOSE1
                since = Words.getLongVolatile(Align.wordAddress(epochNumber)); // SCOPE3 -> SHIELD3
                Reference.reachabilityFence(slot);
                return;
            }
            Words.setLongRelease(word(), SlotLayout.NO_SCOPE); // SCOPE6 -> CLOSE3
            state.awaitOpen();
        }
    }

    /**
     * Closes the scope.
     *
     * @throws MisuseException if it is not open, or the session belongs to another thread, to none, or is closed
     */
    public void end() {
        requireOpen();
        Words.setLongRelease(word(), SlotLayout.NO_SCOPE); // SCOPE6 -> SHIELD5, CLOSE3
        Reference.reachabilityFence(slot);
    }

    /** {@link #end} and {@link #begin}: what was found before has to be looked for again. */
    public void renew() {
        end();
        open();
    }

    /**
     * Checks that the calling thread is inside the scope.
     *
     * @throws MisuseException if it is not
     */
    public void requireOpen() {
        slot.requireMine();
        if (Words.getLongOpaque(word()) == SlotLayout.NO_SCOPE) {
            throw state.get() == MemoryState.CLOSED ? state.closed()
                    : new MisuseException(slot + " is in no read scope: beginScope() opens one");
        }
    }

    /** The lowest epoch of which it is certain that what is retired in it waits for this scope, which is open. */
    public long since() {
        return since;
    }

    /** Ends an access: not before does the session count as dropped. */
    public void after() {
        Reference.reachabilityFence(slot);
    }
}

package io.pinfold.core.epoch;

import io.pinfold.core.words.Align;

/**
 * The control block of one walker.
 *
 * <pre>
 * off  size  field
 *   0   8    word: 0 released; active: epoch (&gt;= 1); idle: -owner
 *   8   8    id of the address space whose CPU this is, 0 for a session
 *  16   8    owner: number of the WalkerSlot that has the slot, 0 for none
 *  24   8    scope: epoch of the read scope that is open (&gt;= 1), 0 for none
 *  32   8    id of the thread that began the read scope
 * 128 512    64 counters, written by the owner alone
 * </pre>
 *
 * <p>The word has two cache lines of its own, because the neighbouring walker writes its word at every call. The idle
 * value is different for every owner, so an owner whose slot was given back and handed out again cannot enter it: its
 * compareAndSet expects a value that never comes back.
 */
final class SlotLayout {
    static final int WORD = 0;
    static final int SPACE = 8;
    static final int OWNER = 16;
    static final int SCOPE = 24;
    static final int SCOPE_THREAD = 32;
    static final int COUNTERS = Align.NO_SHARING_BYTES;
    static final int COUNTER_COUNT = 64;
    static final int BYTES = 640;

    static final long RELEASED = 0;
    /** What the scope holds while none is open. */
    static final long NO_SCOPE = 0;

    private SlotLayout() {
    }

    /** What the word of an idle slot of {@code owner} holds: negative. */
    static long idle(long owner) {
        return -owner;
    }

    static boolean isActive(long word) {
        return word > 0;
    }
}

package io.pinfold.core.words;

import org.jspecify.annotations.Nullable;

/** The blocker of a thread that waits for a word to change. A thread dump shows it. */
final class Waiter {
    final Thread thread = Thread.currentThread();
    private final String what;
    private final long address;
    private final long value;
    /** The next one of the same bucket; guarded by its lock. */
    @Nullable
    Waiter next;

    Waiter(String what, long address, long value) {
        this.what = what;
        this.address = address;
        this.value = value;
    }

    @Override
    public String toString() {
        return what + ": the word at 0x" + Long.toHexString(address) + " is still " + value + " (0x"
                + Long.toHexString(value) + ")";
    }
}

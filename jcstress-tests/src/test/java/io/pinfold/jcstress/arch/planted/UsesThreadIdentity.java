package io.pinfold.jcstress.arch.planted;

/** Breaks the rule that nothing depends on which thread runs. */
public final class UsesThreadIdentity {
    private UsesThreadIdentity() {
    }

    static long stripe() {
        return Thread.currentThread().threadId() & 7;
    }
}

package io.pinfold.jcstress.arch.planted;

/** Breaks the rule about synchronized, in both forms. */
public final class UsesMonitor {
    private int count;

    synchronized void method() {
        count++;
    }

    void block() {
        synchronized (this) {
            count++;
        }
    }
}

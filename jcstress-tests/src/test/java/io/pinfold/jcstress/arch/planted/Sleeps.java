package io.pinfold.jcstress.arch.planted;

/** Breaks the rule that every wait goes through Waits. */
public final class Sleeps {
    private Sleeps() {
    }

    static void sleep() throws InterruptedException {
        Thread.sleep(1);
    }
}

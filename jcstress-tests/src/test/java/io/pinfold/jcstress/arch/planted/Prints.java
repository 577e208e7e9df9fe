package io.pinfold.jcstress.arch.planted;

/** Breaks the rule that a library does not print. */
public final class Prints {
    private Prints() {
    }

    static void print() {
        System.out.println("x");
    }
}

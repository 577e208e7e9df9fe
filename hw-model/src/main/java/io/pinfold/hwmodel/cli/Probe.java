package io.pinfold.hwmodel.cli;

/**
 * Prints that it was reached, and does nothing else: the launcher starts it before a command, with the same options. A
 * JVM that cannot start ends with 1, as does a command that found something wrong, and the two cannot be told apart.
 */
final class Probe {

    private Probe() {
    }

    /** Fails also when the classes of the command line or of its library are missing. */
    public static void main(String[] args) {
        int _ = Main.class.getDeclaredMethods().length;
        System.out.println("the command line is there"); // the launcher looks for these words
    }
}

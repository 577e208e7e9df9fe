package io.pinfold.core.mm;

/** Protection bits of {@code mmap} and {@code mprotect}, with the values of Linux. */
public final class Prot {
    /** No access; a touch faults. */
    public static final int NONE = 0;
    /** Loads are permitted, and gets and pins to read. */
    public static final int READ = 1;
    /** Stores are permitted, and gets and pins to write; a {@link Cpu} may load then, too. */
    public static final int WRITE = 2;
    /** A {@link Cpu} may load then; there are no instruction fetches. */
    public static final int EXEC = 4;
    /** Both of the common ones. */
    public static final int READ_WRITE = READ | WRITE;
    static final int ALL = READ | WRITE | EXEC;

    private Prot() {
    }

    static boolean isValid(int prot) {
        return (prot & ~ALL) == 0;
    }
}

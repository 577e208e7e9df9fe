package io.pinfold.jcstress.support;

/** A call on a handle of which one of two that make it may succeed. */
public final class Attempt {
    private Attempt() {
    }

    /** ENDED, or how it was refused, as {@link #refused}. */
    public static String of(Runnable call) {
        try {
            call.run();
            return "ENDED";
        } catch (IllegalStateException misuse) {
            return refused(misuse);
        }
    }

    /**
     * REFUSED, or REFUSED_MEANWHILE: the life of the handle has no references, because the other call has dropped the
     * last one and not yet ended the life.
     */
    public static String refused(IllegalStateException misuse) {
        String why = String.valueOf(misuse.getMessage());
        return why.contains("0 references") || why.contains("no reference") ? "REFUSED_MEANWHILE" : "REFUSED";
    }
}

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
        } catch (IllegalStateException told) {
            return refused(told);
        }
    }

    /**
     * REFUSED, or REFUSED_MEANWHILE: no references in the life of the handle, because the other has dropped the last
     * one and not ended the life yet.
     */
    public static String refused(IllegalStateException told) {
        String why = String.valueOf(told.getMessage());
        return why.contains("0 references") || why.contains("no reference") ? "REFUSED_MEANWHILE" : "REFUSED";
    }
}

package io.pinfold.hwmodel.fuzz;

/** The exception that callbacks of the fuzzer throw: every call may end with it, and it is no finding. */
final class Planned extends RuntimeException {
    static final String MARK = "planned by the fuzzer";
    private static final long serialVersionUID = 1L;

    Planned() {
        super(MARK);
    }

    /** Whether it is this exception, or an Error that a callback threw, or caused by one. */
    static boolean isIt(Throwable thrown) {
        for (Throwable at = thrown; at != null; at = at.getCause()) {
            if (at instanceof Planned || MARK.equals(at.getMessage())) {
                return true;
            }
        }
        return false;
    }
}

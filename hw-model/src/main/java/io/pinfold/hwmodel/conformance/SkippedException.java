package io.pinfold.hwmodel.conformance;

/** Thrown when a need of a row turns out to be unmet while the row is played; the row is skipped with this reason. */
final class SkippedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SkippedException(String why) {
        super(why);
    }
}

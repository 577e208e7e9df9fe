package io.pinfold.hwmodel.conformance;

/** Something a row needs turned out not to be there while it was played: the row is skipped with this reason. */
final class SkippedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SkippedException(String why) {
        super(why);
    }
}

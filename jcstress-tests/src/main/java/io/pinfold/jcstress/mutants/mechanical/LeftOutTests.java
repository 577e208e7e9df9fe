package io.pinfold.jcstress.mutants.mechanical;

import java.util.Map;

/** The tests that mechanical mutants are never tried with ({@code left-out-tests.txt}), each with the reason. */
public final class LeftOutTests {

    private static final String FILE = "left-out-tests.txt";

    private LeftOutTests() {
    }

    /** Reasons by test class, which is named without {@code io.pinfold.}. */
    public static Map<String, String> load() {
        return NamedLines.lines(FILE, NamedLines.text(FILE));
    }
}

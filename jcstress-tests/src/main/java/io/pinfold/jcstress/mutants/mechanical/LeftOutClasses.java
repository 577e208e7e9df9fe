package io.pinfold.jcstress.mutants.mechanical;

import java.util.Map;

/** The classes without mechanical mutants ({@code left-out-classes.txt}), each with the reason. */
public final class LeftOutClasses {

    private static final String FILE = "left-out-classes.txt";

    private LeftOutClasses() {
    }

    /** Reasons by class, which is named without {@code io.pinfold.}. */
    public static Map<String, String> load() {
        return NamedLines.lines(FILE, NamedLines.text(FILE));
    }
}

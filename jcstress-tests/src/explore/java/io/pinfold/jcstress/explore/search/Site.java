package io.pinfold.jcstress.explore.search;

import java.util.List;

/** A place in the source of the library that an access stands at, or that called such a place. */
public record Site(String className, String method, int line) {
    private static final StackWalker WALKER = StackWalker.getInstance();
    private static final int DEEPEST = 8;

    /** Where the running strand is, innermost first, without the explorer's own frames. */
    static List<Site> here() {
        return WALKER.walk(frames -> frames.filter(frame -> !isExplorer(frame.getClassName())).limit(DEEPEST)
                .map(frame -> new Site(frame.getClassName(), frame.getMethodName(), frame.getLineNumber())).toList());
    }

    private static boolean isExplorer(String className) {
        return className.startsWith("io.pinfold.core.words.")
                || className.startsWith("io.pinfold.jcstress.explore.search.")
                || className.startsWith("java.");
    }

    @Override
    public String toString() {
        return className.substring(className.lastIndexOf('.') + 1) + "." + method + ":" + line;
    }
}

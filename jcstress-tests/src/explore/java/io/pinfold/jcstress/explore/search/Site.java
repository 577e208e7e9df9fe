package io.pinfold.jcstress.explore.search;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A place in the source of the library: the site of an access, or of a call on the way to it. */
public record Site(String className, String method, int line) {
    private static final StackWalker WALKER = StackWalker.getInstance();
    private static final int DEEPEST = 8;
    private static final Set<String> OWN = Stream
            .of(BlockAccess.class, AccessGate.class, Run.class, Search.class, Site.class, Strand.class,
                    SchedulingPoints.class)
            .map(Class::getName).collect(Collectors.toUnmodifiableSet());

    /** The sites of the running strand, innermost first, without the explorer's own frames. */
    static List<Site> here() {
        return WALKER.walk(frames -> frames.filter(frame -> !isExplorer(frame.getClassName())).limit(DEEPEST)
                .map(frame -> new Site(frame.getClassName(), frame.getMethodName(), frame.getLineNumber())).toList());
    }

    private static boolean isExplorer(String className) {
        return className.startsWith("io.pinfold.core.words.") || className.startsWith("java.")
                || OWN.contains(className);
    }

    @Override
    public String toString() {
        return className.substring(className.lastIndexOf('.') + 1) + "." + method + ":" + line;
    }
}

package io.pinfold.hwmodel.fuzz;

/** Draws one argument, or the receiver, of a call. */
@FunctionalInterface
interface Gen {
    /** A value that the call should accept; null if there is none now, and then the call is left out. */
    Object draw(Draw draw);

    /**
     * Whether the value stays as drawn: any other would be misuse that cannot be detected (see the package comment).
     */
    default boolean isExact() {
        return false;
    }

    /** This generator, never replaced by an extreme, foreign, closed or null value. */
    static Gen exact(Gen gen) {
        return new Gen() {
            @Override
            public Object draw(Draw draw) {
                return gen.draw(draw);
            }

            @Override
            public boolean isExact() {
                return true;
            }
        };
    }
}

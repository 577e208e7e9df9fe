package io.pinfold.jcstress.arch.planted.cycle.a;

import io.pinfold.jcstress.arch.planted.cycle.b.Second;

/** One half of a planted cycle of packages. */
public final class First {
    Second second = new Second();
}

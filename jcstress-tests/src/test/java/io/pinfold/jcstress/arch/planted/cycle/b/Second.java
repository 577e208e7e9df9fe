package io.pinfold.jcstress.arch.planted.cycle.b;

import io.pinfold.jcstress.arch.planted.cycle.a.First;

/** The other half. */
public final class Second {
    static final Class<?> FIRST = First.class;
}

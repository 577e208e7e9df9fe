package io.pinfold.jcstress.arch.planted;

import java.util.concurrent.atomic.AtomicLong;

/** Breaks the rule that a protocol's words lie in native memory. */
public final class UsesAtomics {
    final AtomicLong count = new AtomicLong();
}

package io.pinfold.core.internal;

import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.words.Align;

/** What is behind an AddressSpace. */
public abstract class SpaceDoor {
    final Mm mm;
    /** Read by every walk, so not behind another object. */
    final long controlNumber;

    /** A door to {@code mm}. */
    protected SpaceDoor(Mm mm) {
        this.mm = mm;
        this.controlNumber = Align.wordNumber(mm.control());
    }
}

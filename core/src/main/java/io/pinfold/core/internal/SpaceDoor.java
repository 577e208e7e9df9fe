package io.pinfold.core.internal;

import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.words.Align;

/** The base class of an AddressSpace, which holds its ground for the modules of the project. */
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

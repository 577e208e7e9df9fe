package io.pinfold.core.gup;

import static io.pinfold.core.foll.FollBits.FOLL_FORCE;
import static io.pinfold.core.foll.FollBits.FOLL_INTERRUPTIBLE;
import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_NOFAULT;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;

/**
 * Options as bits. A record, because HotSpot takes the fields of a constant record for constants, and those of a class
 * not: where a call is compiled into its caller, a constant option is a literal. Elsewhere it costs a load.
 */
record FlagOptions(int flags) implements GupOptions {

    @Override
    public GupOptions longTerm() {
        return with(FOLL_LONGTERM);
    }

    @Override
    public GupOptions force() {
        return with(FOLL_FORCE);
    }

    @Override
    public GupOptions noFault() {
        return with(FOLL_NOFAULT);
    }

    @Override
    public GupOptions interruptible() {
        return with(FOLL_INTERRUPTIBLE);
    }

    @Override
    public boolean isWrite() {
        return (flags & FOLL_WRITE) != 0;
    }

    private GupOptions with(int flag) {
        return new FlagOptions(flags | flag);
    }

    @Override
    public String toString() {
        return (isWrite() ? "WRITE" : "READ") + text(FOLL_LONGTERM, ".longTerm()") + text(FOLL_FORCE, ".force()")
                + text(FOLL_NOFAULT, ".noFault()") + text(FOLL_INTERRUPTIBLE, ".interruptible()");
    }

    private String text(int flag, String text) {
        return (flags & flag) != 0 ? text : "";
    }
}

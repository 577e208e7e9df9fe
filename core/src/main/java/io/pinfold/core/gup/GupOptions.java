package io.pinfold.core.gup;

import static io.pinfold.core.foll.FollBits.FOLL_FORCE;
import static io.pinfold.core.foll.FollBits.FOLL_INTERRUPTIBLE;
import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_NOFAULT;
import static io.pinfold.core.foll.FollBits.FOLL_WRITE;

import org.jspecify.annotations.Nullable;

/**
 * What a get or pin call is asked for: {@link #READ} or {@link #WRITE}, and more. Immutable, so a combination is made
 * once and kept in a constant; threads may share it. Each call says which options it accepts, and answers -EINVAL to
 * the others before anything is done. {@code GupOptions.WRITE.longTerm()} is what a driver wants that registers a
 * buffer.
 *
 * <p>Kernel: gup_flags.
 */
public final class GupOptions {
    /** The data is read. */
    public static final GupOptions READ = new GupOptions(0);
    /** The data is written, or read and written: the mapping must allow it, and copy-on-write is broken first. */
    public static final GupOptions WRITE = new GupOptions(FOLL_WRITE);

    private final int flags;

    private GupOptions(int flags) {
        this.flags = flags;
    }

    /**
     * {@return these options for a pin that may last as long as user space likes: memory that must stay movable is
     * refused} Of pin calls alone, and of those that take mmap_lock themselves only the fast ones. Kernel:
     * FOLL_LONGTERM.
     */
    public GupOptions longTerm() {
        return with(FOLL_LONGTERM);
    }

    /**
     * {@return these options, with a missing READ or WRITE of the mapping ignored as far as its MAYREAD and MAYWRITE
     * limits allow} For debuggers. Kernel: FOLL_FORCE.
     */
    public GupOptions force() {
        return with(FOLL_FORCE);
    }

    /** {@return these options without faults: an absent page ends the call, with EFAULT} Kernel: FOLL_NOFAULT. */
    public GupOptions noFault() {
        return with(FOLL_NOFAULT);
    }

    /**
     * {@return these options for a call that ends before its next page when the thread is interrupted, with EINTR} A
     * wait that has begun goes on. Of slow calls alone. Kernel: FOLL_INTERRUPTIBLE.
     */
    public GupOptions interruptible() {
        return with(FOLL_INTERRUPTIBLE);
    }

    /** {@return whether the data may be written} */
    public boolean isWrite() {
        return (flags & FOLL_WRITE) != 0;
    }

    /** {@return the same as the kernel's flags, {@code io.pinfold.core.kernel.FollFlags}} */
    public int flags() {
        return flags;
    }

    private GupOptions with(int flag) {
        return new GupOptions(flags | flag);
    }

    /** {@return whether the other is a combination of the same options, in whatever order} */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GupOptions options && options.flags == flags;
    }

    @Override
    public int hashCode() {
        return flags;
    }

    /** {@return the options as a program writes them, for messages} */
    @Override
    public String toString() {
        return (isWrite() ? "WRITE" : "READ") + text(FOLL_LONGTERM, ".longTerm()") + text(FOLL_FORCE, ".force()")
                + text(FOLL_NOFAULT, ".noFault()") + text(FOLL_INTERRUPTIBLE, ".interruptible()");
    }

    private String text(int flag, String text) {
        return (flags & flag) != 0 ? text : "";
    }
}

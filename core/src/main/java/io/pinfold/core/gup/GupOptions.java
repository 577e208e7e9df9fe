package io.pinfold.core.gup;

import static io.pinfold.core.foll.FollBits.FOLL_WRITE;

/**
 * What a get or pin call is asked for: {@link #READ} or {@link #WRITE}, and more. Immutable, so a combination is made
 * once and kept in a constant; threads may share it. Each call says which options it accepts, and answers -EINVAL to
 * the others before anything is done. {@code GupOptions.WRITE.longTerm()} is what a driver wants that registers a
 * buffer.
 *
 * <p>Kernel: gup_flags.
 */
public sealed interface GupOptions permits FlagOptions {
    /** The data is read. */
    GupOptions READ = new FlagOptions(0);
    /** The data is written, or read and written: the mapping must allow it, and copy-on-write is broken first. */
    GupOptions WRITE = new FlagOptions(FOLL_WRITE);

    /**
     * {@return these options for a pin that may last as long as user space likes: memory that must stay movable is
     * refused} Of pin calls alone, and of those that take mmap_lock themselves only the fast ones. Kernel:
     * FOLL_LONGTERM.
     */
    GupOptions longTerm();

    /**
     * {@return these options, with a missing READ or WRITE of the mapping ignored as far as its MAYREAD and MAYWRITE
     * limits allow} For debuggers. Kernel: FOLL_FORCE.
     */
    GupOptions force();

    /** {@return these options without faults: an absent page ends the call, with EFAULT} Kernel: FOLL_NOFAULT. */
    GupOptions noFault();

    /**
     * {@return these options for a call that ends before its next page when the thread is interrupted, with EINTR} A
     * wait that has begun goes on. Of slow calls alone. Kernel: FOLL_INTERRUPTIBLE.
     */
    GupOptions interruptible();

    /** {@return whether the data may be written} */
    boolean isWrite();

    /** {@return the same as the kernel's flags, {@code io.pinfold.core.kernel.FollFlags}} */
    int flags();
}

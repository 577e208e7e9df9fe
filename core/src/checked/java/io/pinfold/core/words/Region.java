package io.pinfold.core.words;

import org.jspecify.annotations.Nullable;

/** A range of native memory that accesses are checked against. */
abstract class Region {
    final String what;
    final long address;
    final long bytes;
    private volatile @Nullable Throwable died;

    Region(String what, long address, long bytes) {
        this.what = what;
        this.address = address;
        this.bytes = bytes;
    }

    final boolean contains(long at) {
        return Long.compareUnsigned(at - address, bytes) < 0;
    }

    /** No thread may touch it any more. */
    final void die(Throwable site) {
        died = site;
    }

    final boolean isDead() {
        return died != null;
    }

    /**
     * Before an access to one aligned word.
     *
     * @param size    4 or 8, or 1 for a byte of user data
     * @param operand what is stored, added, expected
     * @param next    what a compare-and-set puts in the place of what it expects
     */
    abstract void before(Access access, long at, int size, long operand, long next);

    /** After a read-modify-write that found {@code found}; it has been done. */
    void after(Access access, long at, long operand, long next, long found) {
    }

    /** A volatile load of a long found {@code found}. */
    void loaded(long at, long found) {
    }

    /** Before a bulk access; the range starts in this region. */
    abstract void range(Access access, long at, long length);

    final void requireAlive(Access access, long at) {
        Throwable site = died;
        if (site != null) {
            throw new CheckedError(access + " at " + where(at) + ", which is gone: " + site.getMessage(), site);
        }
    }

    final void requireInside(Access access, long at, long length) {
        if (length < 0 || length > bytes - (at - address)) {
            throw new CheckedError(access + " of " + length + " bytes at " + where(at) + " leads out of it", null);
        }
    }

    /** An address in words. */
    String where(long at) {
        return "offset 0x" + Long.toHexString(at - address) + " of " + this;
    }

    @Override
    public String toString() {
        return what + " (" + bytes + " bytes at 0x" + Long.toHexString(address) + ")";
    }
}

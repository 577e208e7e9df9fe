package io.pinfold.core.words;

/**
 * Control words: shared by threads, so never plain and never in bulk; each word is accessed with one size from its
 * first access on. Those that the flush is about have classes of their own.
 */
class ControlRegion extends Region {
    private static final byte INT = 1;
    private static final byte LONG = 2;

    private final byte[] sizes; // by four bytes

    ControlRegion(String what, long address, long bytes) {
        super(what, address, bytes);
        this.sizes = new byte[Math.toIntExact(bytes + 7 >>> 2)];
    }

    @Override
    final void before(Access access, long at, int size, long operand, long next) {
        requireInside(access, at, size);
        if (access.isPlain()) {
            throw new CheckedError(access + " of a control word at " + where(at), null);
        }
        int index = (int) (at - address >>> 2);
        byte used = size == Long.BYTES ? LONG : INT;
        requireSize(access, at, index, used);
        if (size == Long.BYTES) {
            requireSize(access, at, index + 1, used);
        }
    }

    private void requireSize(Access access, long at, int index, byte used) {
        byte known = sizes[index];
        if (known == 0) {
            sizes[index] = used;
        } else if (known != used) {
            throw new CheckedError(access + (used == LONG ? " of a long" : " of an int") + " at " + where(at)
                    + ": that word was accessed as " + (known == LONG ? "a long" : "an int") + " before", null);
        }
    }

    @Override
    final void range(Access access, long at, long length) {
        throw new CheckedError(access + " of " + length + " bytes of control words at " + where(at), null);
    }
}

package io.pinfold.jcstress.explore.memory;

/**
 * A hash of 128 bits of a state, fed word by word. Words of state are distinguished by their place in the order of
 * feeding.
 */
public final class StateKey {
    private static final long ODD_HIGH = 0x9E37_79B9_7F4A_7C15L;
    private static final long ODD_LOW = 0xC2B2_AE3D_27D4_EB4FL;

    private long high;
    private long low;

    /** Resets the hash. */
    public void clear() {
        high = ODD_HIGH;
        low = ODD_LOW;
    }

    /** Mixes one value in; the order counts. */
    public void mix(long value) {
        high = finish(high ^ value);
        low = finish(low + value * ODD_LOW);
    }

    /**
     * Adds a value in a way that does not depend on the order of such additions; for sets. The value should be {@link
     * #hash}ed.
     */
    public void add(long hashed) {
        high += hashed;
        low ^= finish(hashed + ODD_LOW);
    }

    /** Hashes two values well, for {@link #add}. */
    public static long hash(long a, long b) {
        return finish(finish(a + ODD_HIGH) ^ b * ODD_LOW);
    }

    public long high() {
        return high;
    }

    public long low() {
        return low;
    }

    /** Stafford's thirteenth variant of the finaliser of MurmurHash3. */
    private static long finish(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return z ^ (z >>> 31);
    }
}

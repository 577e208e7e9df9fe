package io.pinfold.core.epoch;

import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;

/**
 * A reference count for something that is taken often and ends once (percpu_ref). While it is live, takers add to
 * stripes that are not summed up; after {@link #kill} it turns into one counter that can reach zero.
 *
 * <pre>
 *       kill()     step(), when the walks have ended     last put            step()         exit()
 * LIVE ------&gt; DYING ------------------------&gt; ATOMIC -------&gt; count is 0 ----&gt; RELEASED ----&gt; EXITED
 * </pre>
 *
 * <h2>Protocol: get and put against kill</h2>
 *
 * <pre>
 * Taker, in its walker slot                      Killer
 * LIVE1 load the mode, volatile; LIVE:           KILL1 mode: LIVE -&gt; DYING, volatile CAS (lost: killed twice)
 * LIVE2 stripe += 1 (put: -= 1), volatile        KILL2 E = epoch++, volatile; the initial reference is now the switch's
 * LIVE3 not LIVE: try-get-live refuses; try-get  KILL3 no slot holds 1..E any more (a grace period)
 *       adds to the count unless it is 0;        KILL4 sum the stripes
 *       put subtracts from the count             KILL5 count += sum - BIAS, one volatile addition
 *                                                KILL6 mode = ATOMIC; drop the switch reference: count -= 1
 * </pre>
 *
 * <p>The count starts at BIAS + 1, so before KILL5 it cannot be 0 whatever puts there are. A reference taken on a
 * stripe may be put on another stripe or, after KILL1, on the count: only the sum of all is the number of references.
 * <b>The sum must be complete before the bias goes</b> [R28]: with KILL5 before KILL4 a get still counted on a stripe
 * and its put on the count would look like zero.
 *
 * <p><b>LIVE1, LIVE2 against KILL3, KILL4.</b> LIVE1 and LIVE2 lie in one slot. A slot entered at an epoch above E
 * loaded that epoch after KILL2, hence its LIVE1 comes after KILL1 and sees DYING. Any other slot is waited for by
 * KILL3, whose load of the slot word acquires what was done in the slot, so KILL4 sees its LIVE2. For the same reason a
 * look-up is certain to fail after the grace period, and only then.
 *
 * <p>A caller without a slot uses {@code PagemapSection}. One exception needs none: a caller that is certain to come
 * after KILL1 goes to the count directly, because a mode that is not LIVE never becomes LIVE again. Such are the owner
 * itself, and the last put of a page whose base reference the owner dropped after KILL1.
 *
 * <p><b>Lives.</b> The mode word holds the number of the life beside the mode, and every step of the owner is a
 * compare-and-set of both. The control memory may be another count's by the time a late owner acts: the step then
 * reports that the owner's count has exited, and leaves the other count alone. Takers come through a look-up, so they
 * do not compare the number.
 *
 * <p>Every word lies in control memory of {@link #BYTES} bytes; nothing here locks or waits except
 * {@link #awaitReleased}. That a put reached zero is noticed by the next {@link #step}, on whatever thread, which then
 * runs the release callback once.
 */
public final class LiveRef {
    /** Counters of the live mode; a stripe number is taken modulo this. */
    public static final int STRIPES = 16;
    /** Bytes of the control memory, at a multiple of 128. */
    public static final int BYTES = (2 + STRIPES) * Align.NO_SHARING_BYTES;

    /** Keeps the count away from zero while the stripes are not summed up. */
    static final long BIAS = 1L << 62;

    private static final int MODE = 0;
    private static final int EPOCH = 8;
    private static final int COUNT = Align.NO_SHARING_BYTES;
    private static final int STRIPE = 2 * Align.NO_SHARING_BYTES;

    private static final long LIVE = 1;
    private static final long DYING = 2;
    private static final long SWITCHING = 3;
    private static final long ATOMIC = 4;
    private static final long RELEASED = 5;
    private static final long EXITED = 6;
    /** The mode in its word; the number of the life is above. */
    private static final int MODE_BITS = 3;
    private static final long MODE_MASK = (1L << MODE_BITS) - 1;

    private final long address;
    /** Number of this life, in its place in the mode word. */
    private final long life;
    private final WalkerSlots slots;
    private final Runnable release;

    /**
     * A live reference count with the one initial reference, which {@link #kill} drops.
     *
     * @param address {@link #BYTES} bytes of control memory that stay mapped as long as they may be read;
     *             what they hold is overwritten, so no taker of an earlier life may be left in a slot
     * @param slots the walker slots that takers are in
     * @param release run once, by the {@link #step} that finds the count at zero
     */
    public LiveRef(long address, WalkerSlots slots, Runnable release) {
        this(address, 0, slots, release);
    }

    /**
     * The same in control memory that is used again.
     *
     * @param number of this life; no other life of the control memory has it; 0 to 2^61 - 1
     */
    public LiveRef(long address, long number, WalkerSlots slots, Runnable release) {
        this.address = address;
        this.life = number << MODE_BITS;
        this.slots = slots;
        this.release = release;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            Words.setLongOpaque(stripe(address, stripe), 0);
        }
        Words.setLongOpaque(address + EPOCH, 0);
        Words.setLongOpaque(address + COUNT, BIAS + 1);
        Words.setLongRelease(address + MODE, life | LIVE); // publishes the above to every load of LIVE
    }

    // ---- takers --------------------------------------------------------------------------------------------------

    /**
     * One more reference, for a caller that has none ("percpu_ref_tryget_live"). Inside a walker slot.
     *
     * @param address where the control memory lies
     * @param stripe any number; callers with different ones do not disturb each other
     * @return false if it was killed: certain once the grace period of {@link #kill} is over
     */
    public static boolean tryGetLive(long address, int stripe) {
        if ((Words.getLongVolatile(address + MODE) & MODE_MASK) != LIVE) { // LIVE1 -> KILL1
            return false;
        }
        long _ = Words.getAndAddLong(stripe(address, stripe), 1); // LIVE2 -> KILL4
        return true;
    }

    /**
     * One more reference, also of a dying count, unless it has reached zero ("percpu_ref_tryget"). Inside a walker
     * slot.
     */
    public static boolean tryGet(long address, int stripe) {
        if (tryGetLive(address, stripe)) {
            return true;
        }
        long count = Words.getLongVolatile(address + COUNT);
        while (count > 0) {
            long found = Words.compareAndExchangeLong(address + COUNT, count, count + 1); // LIVE3 -> KILL5
            if (found == count) {
                return true;
            }
            count = found;
        }
        return false;
    }

    /**
     * One reference less ("percpu_ref_put"). Inside a walker slot; the stripe need not be that of the get.
     *
     * @throws IllegalStateException if there was none left
     */
    public static void put(long address, int stripe) {
        if ((Words.getLongVolatile(address + MODE) & MODE_MASK) == LIVE) { // LIVE1 -> KILL1
            long _ = Words.getAndAddLong(stripe(address, stripe), -1); // LIVE2 -> KILL4; may become negative
        } else {
            putAtomic(address, 1); // LIVE3 -> KILL5
        }
    }

    /** More references for a caller that holds one, or that has not published the count yet; any thread. */
    public static void getAtomic(long address, long n) {
        long _ = Words.getAndAddLong(address + COUNT, n); // the bias is on it, or a reference of the caller's
    }

    /** {@code n} references less, of a count that was killed before; needs no slot. */
    public static void putAtomic(long address, long n) {
        long found = Words.getAndAddLong(address + COUNT, -n); // LIVE3 -> KILL5
        if (found < n) {
            long _ = Words.getAndAddLong(address + COUNT, n);
            throw new IllegalStateException("put of " + n + " references on a live reference that has " + found);
        }
    }

    /** Whether it is live; volatile. Outside a slot the answer is old at once. */
    public static boolean isLive(long address) {
        return (Words.getLongVolatile(address + MODE) & MODE_MASK) == LIVE;
    }

    /** The same of this life. */
    public boolean isLive() {
        return modeIn(Words.getLongVolatile(address + MODE)) == LIVE;
    }

    private static long stripe(long address, int stripe) {
        return address + STRIPE + (long) (stripe & STRIPES - 1) * Align.NO_SHARING_BYTES;
    }

    // ---- the owner -----------------------------------------------------------------------------------------------

    /** The mode of this life in a word of the control memory; EXITED if the word is of another life. */
    private long modeIn(long word) {
        return (word & ~MODE_MASK) == life ? word & MODE_MASK : EXITED;
    }

    /**
     * Ends the live mode and drops the initial reference ("percpu_ref_kill"). Does not wait; {@link #step} does the
     * rest.
     *
     * @throws DoubleReleaseException if that was done before
     */
    public void kill() {
        if (!Words.compareAndSetLong(address + MODE, life | LIVE, life | DYING)) { // KILL1 -> LIVE1
            throw new DoubleReleaseException("killed twice: " + this);
        }
        Words.setLongVolatile(address + EPOCH, slots.advance()); // KILL2
    }

    /**
     * The background work: sums up once the grace period is over, and runs the release callback once the count is zero.
     * Does not wait; any thread may call it at any time, but not from inside a slot.
     *
     * @return whether the count has reached zero and the callback has been begun
     */
    public boolean step() {
        long mode = modeIn(Words.getLongVolatile(address + MODE));
        if (mode == DYING) {
            long epoch = Words.getLongVolatile(address + EPOCH);
            if (epoch == 0 || !slots.passed(epoch) // KILL3
                    || !Words.compareAndSetLong(address + MODE, life | DYING, life | SWITCHING)) {
                return false;
            }
            switchToAtomic();
            mode = ATOMIC;
        }
        if (mode == ATOMIC && Words.getLongVolatile(address + COUNT) == 0
                && Words.compareAndSetLong(address + MODE, life | ATOMIC, life | RELEASED)) {
            release.run();
            return true;
        }
        return isReleased();
    }

    private void switchToAtomic() {
        long sum = sumOfStripes(); // KILL4, complete before
        long left = Words.getAndAddLong(address + COUNT, sum - BIAS) + sum - BIAS; // KILL5, in one step
        Words.setLongVolatile(address + MODE, life | ATOMIC);
        if (left <= 0) {
            throw new IllegalStateException("more puts than gets: " + left + " left before the switch reference");
        }
        putAtomic(address, 1); // KILL6
    }

    private long sumOfStripes() {
        long sum = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            sum += Words.getLongVolatile(stripe(address, stripe));
        }
        return sum;
    }

    /** Waits until a killed count has reached zero, doing the steps itself. Not from inside a slot. */
    public void awaitReleased() {
        while (!step()) {
            long mode = modeIn(Words.getLongVolatile(address + MODE));
            if (mode == LIVE) {
                throw new MisuseException("waits for the end of what was not killed: " + this);
            }
            if (mode == DYING) {
                // the killer is between KILL1 and KILL2
                Waits.pollWhileEqualsLong(address + EPOCH, 0, "epoch of a kill");
                slots.awaitPassed(Words.getLongVolatile(address + EPOCH));
            } else if (mode == SWITCHING) {
                Waits.pollWhileEqualsLong(address + MODE, life | SWITCHING, "switch of a live reference");
            } else if (mode == ATOMIC) {
                long count = Words.getLongVolatile(address + COUNT);
                if (count != 0) { // polled, because a put inside a slot wakes no waiter
                    Waits.pollWhileEqualsLong(address + COUNT, count, "references to a pagemap");
                }
            }
        }
    }

    /**
     * Ends its life ("percpu_ref_exit"); the control memory may be used again when no slot can hold its address any
     * more.
     *
     * @throws IllegalStateException unless it is released
     */
    public void exit() {
        if (!Words.compareAndSetLong(address + MODE, life | RELEASED, life | EXITED)) {
            throw new IllegalStateException("exit of what is still referenced: " + this);
        }
    }

    /** Whether the count reached zero and the release callback was begun. */
    public boolean isReleased() {
        long mode = modeIn(Words.getLongVolatile(address + MODE));
        return mode == RELEASED || mode == EXITED;
    }

    /** Whether it was killed and the switch to one counter is over. */
    public boolean isSummedUp() {
        long mode = modeIn(Words.getLongVolatile(address + MODE));
        return mode == ATOMIC || isReleased();
    }

    /** Whether {@link #exit} was called. */
    public boolean isExited() {
        return modeIn(Words.getLongVolatile(address + MODE)) == EXITED;
    }

    /**
     * References held now, the initial or switch reference included: exact while no thread gets or puts; for audits. 0
     * after {@link #exit}.
     */
    public long references() {
        if (isExited()) {
            return 0;
        }
        long count = Words.getLongVolatile(address + COUNT);
        return count >= BIAS / 2 ? count - BIAS + sumOfStripes() : count;
    }

    @Override
    public String toString() {
        long mode = modeIn(Words.getLongVolatile(address + MODE));
        String name = switch ((int) mode) {
            case (int) LIVE -> "live";
            case (int) DYING, (int) SWITCHING -> "dying";
            case (int) ATOMIC -> "atomic";
            case (int) RELEASED -> "released";
            default -> "exited";
        };
        return "live reference (" + name + ", " + references() + " references)";
    }
}

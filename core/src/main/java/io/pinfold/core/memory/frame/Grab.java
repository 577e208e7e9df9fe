package io.pinfold.core.memory.frame;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.RecordText;
import io.pinfold.core.words.Words;

/**
 * The one way to take references on a page that an entry names, and its one mirror. For walkers and the slow path;
 * users hold batches. A closed memory throws MemoryClosedException, but in what a walk does for each page:
 * trySpeculative, tryLarge and undo do not ask, and are for callers inside a slot, a batch that is being filled or
 * released, or a {@link Use}.
 *
 * <h2>Protocol: grab against unmap, freeze and free</h2>
 *
 * <pre>
 * Walker, in its slot                             Unmapper
 * (the walk has read the entry, volatile: WALK4)  UNMAP1 exchange the entry, volatile
 * GRAB1 read the compound word of pfn: head       UNMAP2 flush; look at the count, volatile
 * GRAB2 read the count of the head; &lt;= 0: refuse  UNMAP3 drop the entry's reference (FREE1), or freeze
 * GRAB3 count: c -&gt; c + n, volatile CAS                  expected -&gt; 0 (FREEZE1): volatile
 * GRAB4 read the compound word of pfn again;      UNMAP4 count is 0: free, FREE2 to FREE5; or rewrite the folio and
 *       changed: undo GRAB3, again from GRAB1            unfreeze, release (FREEZE3)
 * GRAB5 large pin: pincount += n, volatile
 * (the walk reads the entry again, volatile;      (allocation: ALLOC1 to ALLOC3)
 * changed: undo all: WALK7, WALK8)
 * </pre>
 *
 * <p><b>GRAB3 against UNMAP3</b> is a CAS against a read-modify-write on one word: either the reference is there first
 * and UNMAP3 fails or does not reach 0, or the count is 0 and GRAB2 refuses. It is never both [R11], and never a
 * reference on a free page [R7].
 *
 * <p><b>GRAB3, WALK7 against UNMAP1, UNMAP2</b> is store buffering: all volatile, so either UNMAP2 sees the reference
 * or WALK7 sees the new entry [R1, R2]. With an acquire load in WALK7 or a release store in UNMAP1 both can miss.
 *
 * <p><b>GRAB4</b>: between GRAB1 and GRAB3 the folio may have been split or freed and re-used, and the reference may
 * now be on a page of another owner. GRAB3 has acquired the last release of that page's count (ALLOC3 or unfreeze), so
 * GRAB4 sees the compound word that belongs to it. While the reference is held the folio cannot be split or freed, so
 * what GRAB4 found stays true [R9].
 *
 * <p><b>The token</b> records what was added and where. An undo never reads that from the page again: the page may be
 * large now where it was small, and its head may be another [R12]. A transient reference on a page of another owner is
 * legal; every exact test of a count tolerates it. An undo can be the last put: the folio then goes to the FreeBatch of
 * the walker.
 *
 * <p>A pin of an order-0 page is one CAS of +{@value PageRefs#PIN_BIAS} a page. Pins of the zero page are not counted,
 * gets are. A count may turn negative through a grab (overflow guard: {@code 2^31} is the sign bit); from then on every
 * grab is refused, and releases still work [R8].
 */
public final class Grab {
    /** The count was 0: free or frozen. */
    public static final long REFUSED_ZERO = -1;
    /** The count is negative: the page has so many references that it gets no more. */
    public static final long REFUSED_OVERFLOW = -2;
    /** A grab with LONGTERM of a page in memory that must stay movable. */
    public static final long REFUSED_UNPINNABLE = -3;
    /** The flags have neither or both of GET and PIN. */
    public static final long REFUSED_FLAGS = -4;

    /** Most pages of one grab: those of the largest folio. */
    public static final int MAX_PAGES = 1 << Blocks.GIGANTIC_ORDER;

    // Token: | 0 | moves 55..57 | NOT_COUNTED 54 | LARGE 53 | PIN 52 | n 32..51 | head pfn 0..31 |
    private static final int COUNT_SHIFT = 32;
    private static final long COUNT_MASK = 0xF_FFFFL;
    private static final long PFN_MASK = 0xFFFF_FFFFL;
    private static final long PIN = 1L << 52;
    private static final long LARGE = 1L << 53;
    private static final long NOT_COUNTED = 1L << 54;
    private static final int MOVES_SHIFT = 55;
    private static final int MOVES_MAX = 7;

    private Grab() {
    }

    /**
     * Takes {@code n} references or pins on the folio of {@code pfn} for a walker that holds none
     * ("try_grab_folio_fast"). It is called inside an entered slot and neither locks nor allocates. On success the
     * caller reads its entry again (WALK7).
     *
     * @param pfn the frame number in the entry; checked
     * @param n pages, 1 to {@link #MAX_PAGES}
     * @param flags FOLL_GET or FOLL_PIN, and FOLL_LONGTERM; others are ignored
     * @param deferred takes the folio if giving back a wrong reference is its last put
     * @return a positive token for {@link #undo}, or one of the REFUSED constants, and then nothing is held
     * @throws IndexOutOfBoundsException if the memory has no such frame
     */
    public static long trySpeculative(MemoryCore memory, long pfn, int n, int flags, FreeBatch deferred) {
        if ((flags & FollBits.FOLL_PIN) == 0) {
            if ((flags & FollBits.FOLL_GET) == 0) {
                return REFUSED_FLAGS;
            }
            return tryFolio(memory, pfn, n, 0, deferred);
        }
        if ((flags & (FollBits.FOLL_GET | FollBits.FOLL_LONGTERM)) != 0 || pfn == memory.zeroPfn()) {
            return tryUncommonPin(memory, pfn, n, flags, deferred);
        }
        return tryFolio(memory, pfn, n, PIN, deferred);
    }

    private static long tryUncommonPin(MemoryCore memory, long pfn, int n, int flags, FreeBatch deferred) {
        if ((flags & FollBits.FOLL_GET) != 0) {
            return REFUSED_FLAGS;
        }
        if (pfn == memory.zeroPfn()) {
            return NOT_COUNTED | PIN | (long) n << COUNT_SHIFT | pfn;
        }
        long token = tryFolio(memory, pfn, n, PIN, deferred);
        // tested while the page is held: before the grab the answer could be about another life of the frame
        if (token > 0 && !LongtermRule.allows(memory, pfn, n)) {
            undo(memory, token, deferred);
            return REFUSED_UNPINNABLE;
        }
        return token;
    }

    /** The usual case: an order-0 page whose count does not change during the grab. */
    private static long tryFolio(MemoryCore memory, long pfn, int n, long pin, FreeBatch deferred) {
        memory.checkPfn(pfn);
        if (n - 1 >>> Blocks.GIGANTIC_ORDER != 0) {
            throw badCount(n);
        }
        long record = PageLayout.record(memory.recordBase(), pfn);
        if (Words.getLongVolatile(record + PageLayout.COMPOUND) == Compound.NONE) { // GRAB1
            int count = Words.getIntVolatile(record + PageLayout.REFCOUNT); // GRAB2
            int added = pin == 0 ? n : n * PageRefs.PIN_BIAS;
            if (count > 0
                    && Words.compareAndSetInt(record + PageLayout.REFCOUNT, count, count + added)) { // GRAB3
                if (Words.getLongVolatile(record + PageLayout.COMPOUND) == Compound.NONE) { // GRAB4 -> ALLOC2, FREE3
                    return pin | (long) n << COUNT_SHIFT | pfn;
                }
                drop(memory, pfn, record, added, deferred);
                return tryAnyFolio(memory, pfn, n, pin, 1, deferred);
            }
        }
        return tryAnyFolio(memory, pfn, n, pin, 0, deferred);
    }

    /**
     * The usual case of a large folio whose head the caller has looked up (GRAB1), without long-term pins. It takes
     * {@code n} references or pins on that head, if the words of page and head are unchanged afterwards. Called inside
     * an entered slot, as {@link #trySpeculative}.
     *
     * @param record   address of the page's record
     * @param compound the word read from it
     * @param headPfn  the head in there, or the page itself
     * @param head     address of the head's record
     * @param headWord the word read from it: of a large head
     * @return a positive token; or 0 if anything differed: nothing is held then, and the caller uses the
     *         general method
     */
    public static long tryLarge(MemoryCore memory, long record, long compound, long headPfn, long head,
            long headWord,
            int n, boolean pinned, FreeBatch deferred) {
        int count = Words.getIntVolatile(head + PageLayout.REFCOUNT); // GRAB2
        // GRAB3 -> UNMAP2, UNMAP3
        if (count <= 0 || Words.compareAndExchangeInt(head + PageLayout.REFCOUNT, count, count + n) != count) {
            return 0;
        }
        if (Words.getLongVolatile(record + PageLayout.COMPOUND) != compound
                || Words.getLongVolatile(head + PageLayout.COMPOUND) != headWord) { // GRAB4 -> ALLOC2, FREE3
            drop(memory, headPfn, head, n, deferred);
            return 0;
        }
        if (!pinned) {
            return LARGE | (long) n << COUNT_SHIFT | headPfn;
        }
        PageRefs.addPinCount(head, n); // GRAB5 -> UNMAP2
        return PIN | LARGE | (long) n << COUNT_SHIFT | headPfn;
    }

    /** Every other case: large folios, contended counts, folios that change under the grab. */
    private static long tryAnyFolio(MemoryCore memory, long pfn, int n, long pin, int movesBefore,
            FreeBatch deferred) {
        long recordBase = memory.recordBase();
        long record = PageLayout.record(recordBase, pfn);
        int moves = movesBefore;
        for (;;) {
            long compound = Words.getLongVolatile(record + PageLayout.COMPOUND); // GRAB1
            boolean large = compound != Compound.NONE;
            long headPfn = Compound.isTail(compound) ? Compound.headOf(compound) : pfn;
            long head = PageLayout.record(recordBase, headPfn);
            int added = pin != 0 && !large ? n * PageRefs.PIN_BIAS : n;
            int count = Words.getIntVolatile(head + PageLayout.REFCOUNT); // GRAB2
            if (count <= 0) {
                return count == 0 ? REFUSED_ZERO : REFUSED_OVERFLOW;
            }
            if (!Words.compareAndSetInt(head + PageLayout.REFCOUNT, count, count + added)) { // GRAB3 -> UNMAP2, UNMAP3
                continue;
            }
            if (sameFolio(compound, Words.getLongVolatile(record + PageLayout.COMPOUND))) { // GRAB4 -> ALLOC2, FREE3
                if (pin != 0 && large) {
                    PageRefs.addPinCount(head, n); // GRAB5 -> UNMAP2
                }
                return pin | (large ? LARGE : 0) | (long) moves << MOVES_SHIFT | (long) n << COUNT_SHIFT | headPfn;
            }
            drop(memory, headPfn, head, added, deferred);
            moves = Math.min(moves + 1, MOVES_MAX);
        }
    }

    /**
     * Whether a page still has the head it had. The order of a head may have changed meanwhile, which does not affect
     * the reference.
     */
    private static boolean sameFolio(long before, long after) {
        return before == after || Compound.isLargeHead(before) && Compound.isLargeHead(after);
    }

    /**
     * Takes {@code n} references or pins on a page that cannot go away because a mapping, under its page-table lock,
     * holds a reference ("try_grab_folio"). With neither GET nor PIN it succeeds and counts nothing. A page whose count
     * is 0 or negative is refused, which the slow path answers with -ENOMEM.
     *
     * @return a positive token, or {@link #REFUSED_ZERO}, {@link #REFUSED_OVERFLOW} or {@link #REFUSED_FLAGS}
     * @throws IndexOutOfBoundsException if the memory has no such frame
     * @throws MemoryClosedException if the memory is closed
     */
    public static long tryStable(MemoryCore memory, long pfn, int n, int flags) {
        memory.checkPfn(pfn);
        memory.requireMapped();
        if (n - 1 >>> Blocks.GIGANTIC_ORDER != 0) {
            throw badCount(n);
        }
        int kind = flags & (FollBits.FOLL_GET | FollBits.FOLL_PIN);
        if (kind == (FollBits.FOLL_GET | FollBits.FOLL_PIN)) {
            return REFUSED_FLAGS;
        }
        long recordBase = memory.recordBase();
        long headPfn = PageRefs.headPfn(recordBase, pfn);
        long head = PageLayout.record(recordBase, headPfn);
        int count = PageRefs.refCount(head);
        if (count <= 0) {
            return count == 0 ? REFUSED_ZERO : REFUSED_OVERFLOW;
        }
        long token = (long) n << COUNT_SHIFT | headPfn;
        if (kind == 0) {
            return token | NOT_COUNTED;
        }
        if (kind == FollBits.FOLL_GET) {
            PageRefs.add(head, n);
            return token;
        }
        if (pfn == memory.zeroPfn()) {
            return token | NOT_COUNTED | PIN;
        }
        if (Compound.isLargeHead(Compound.of(head))) {
            PageRefs.add(head, n);
            PageRefs.addPinCount(head, n);
            return token | PIN | LARGE;
        }
        PageRefs.add(head, n * PageRefs.PIN_BIAS);
        return token | PIN;
    }

    /**
     * Takes back exactly what a grab added ("gup_put_folio"). Neither locks nor allocates. Counters are the caller's
     * and are updated before.
     *
     * @param token what the grab returned, positive
     * @throws IndexOutOfBoundsException if the memory has no such frame: it is another memory's token, or none
     * @param deferred takes the folio if this was the last put
     */
    public static void undo(MemoryCore memory, long token, FreeBatch deferred) {
        if (token <= 0) {
            throw new IllegalArgumentException("token " + token + " stands for nothing held");
        }
        if ((token & NOT_COUNTED) != 0) {
            return;
        }
        long headPfn = token & PFN_MASK;
        memory.checkPfn(headPfn);
        int n = pages(token);
        put(memory, headPfn, n, (token & PIN) != 0, (token & LARGE) != 0, deferred);
    }

    /** The mirror of a grab, also for batch releases: drops pins first, then references. */
    public static void put(MemoryCore memory, long headPfn, int n, boolean pinned, boolean large, FreeBatch deferred) {
        long head = PageLayout.record(memory.recordBase(), headPfn);
        drop(memory, headPfn, head, dropPins(headPfn, head, n, pinned, large), deferred);
    }

    /**
     * The mirror of a grab for callers that free at once: true if this was the last put, and then the caller frees the
     * folio. Not for device pages, which a put never frees.
     */
    public static boolean putAndTest(MemoryCore memory, long headPfn, int n, boolean pinned, boolean large) {
        long head = PageLayout.record(memory.recordBase(), headPfn);
        return dropAndTest(memory, headPfn, head, dropPins(headPfn, head, n, pinned, large));
    }

    /** Takes the exact pins of a large folio off; returns what is left to take off the reference count. */
    private static int dropPins(long headPfn, long head, int n, boolean pinned, boolean large) {
        if (pinned && large) {
            int left = PageRefs.subPinCount(head, n);
            if (left < 0) {
                PageRefs.addPinCount(head, n);
                throw new MemoryModelError("unpin of " + n + " pages of folio " + headPfn + ", which had " + (left + n)
                        + " pins");
            }
        }
        return pinned && !large ? n * PageRefs.PIN_BIAS : n;
    }

    /**
     * Drops {@code n} plain references of a holder that is no batch: a mapping, a cache ("folio_put_refs").
     *
     * @param headPfn the folio's head
     * @param deferred takes the folio if this was the last put
     * @throws MemoryModelError if the folio has fewer references
     */
    public static void putReferences(MemoryCore memory, long headPfn, int n, FreeBatch deferred) {
        memory.checkPfn(headPfn);
        memory.requireMapped();
        drop(memory, headPfn, PageLayout.record(memory.recordBase(), headPfn), n, deferred);
    }

    private static void drop(MemoryCore memory, long headPfn, long head, int amount, FreeBatch deferred) {
        if (headPfn >= memory.deviceStart()) {
            DevicePut.drop(memory, headPfn, head, amount, deferred);
        } else if (dropAndTest(memory, headPfn, head, amount)) {
            deferred.add(headPfn);
        }
    }

    /**
     * The mirror of a grab in the loop over a list: {@link #put} of one order-0 page that is no device page.
     *
     * @param record address of its record
     * @param amount 1, or {@link PageRefs#PIN_BIAS} for a pin
     */
    public static void putOrderZero(MemoryCore memory, long pfn, long record, int amount, FreeBatch deferred) {
        if (dropAndTest(memory, pfn, record, amount)) {
            deferred.add(pfn);
        }
    }

    private static boolean dropAndTest(MemoryCore memory, long headPfn, long head, int amount) {
        int found = Words.getAndAddInt(head + PageLayout.REFCOUNT, -amount); // FREE1 -> GRAB2, GRAB3
        if (Integer.compareUnsigned(found, amount) > 0) { // an overflowed count is negative, and large here
            return false;
        }
        if (found < amount) {
            throw underflow(memory, headPfn, head, found, amount);
        }
        return true;
    }

    static MemoryModelError underflow(MemoryCore memory, long headPfn, long head, int found, int amount) {
        PageRefs.add(head, amount); // in between every grab found a negative count and was refused
        return new MemoryModelError("put of " + amount + " references on " + found + " of "
                + RecordText.read(memory.recordBase(), headPfn));
    }

    private static IllegalArgumentException badCount(int n) {
        return new IllegalArgumentException("n = " + n + " is not in 1.." + MAX_PAGES);
    }

    /** The pfn of the folio's head that a token's references are on. */
    public static long headPfn(long token) {
        return token & PFN_MASK;
    }

    /** The number of pages of a token. */
    public static int pages(long token) {
        return (int) (token >>> COUNT_SHIFT & COUNT_MASK);
    }

    /**
     * The token of a part of what a grab added: with it a walk undoes the end of a run whose entries had changed, and
     * keeps its beginning.
     *
     * @param n 1 to {@link #pages} of the token
     * @throws IllegalArgumentException if it is not
     */
    public static long part(long token, int n) {
        if (n < 1 || n > pages(token)) {
            throw new IllegalArgumentException(
                    "n = " + n + " is not in 1.." + pages(token) + ", the pages of the token");
        }
        return token & ~(COUNT_MASK << COUNT_SHIFT) | (long) n << COUNT_SHIFT;
    }

    /**
     * The number of pins that a token adds to the statistics: its pages for a pin, 0 for a get and for the zero page.
     */
    public static int countedPins(long token) {
        return (token & (PIN | NOT_COUNTED)) == PIN ? pages(token) : 0;
    }

    /** How often the head moved under the grab before it succeeded, at most 7: the roll-backs HEAD_MOVED. */
    public static int headMoves(long token) {
        return (int) (token >>> MOVES_SHIFT) & MOVES_MAX;
    }

    /**
     * The token of a grab of one page that the fast walk did by itself, in line: +1 (FOLL_GET) or +1024 (FOLL_PIN) on
     * the order-0 page {@code pfn}. Positive; {@link #undo} takes exactly that off again, whatever the record says by
     * then.
     */
    public static long orderZeroToken(long pfn, int flags) {
        return ((flags & FollBits.FOLL_PIN) != 0 ? PIN : 0) | 1L << COUNT_SHIFT | pfn;
    }

    /**
     * The token of {@code n} references on one folio that the caller already holds, for giving back the pages of a call
     * that is undone as a whole. It is derived again from the record, which is stable while they are held. A pin of the
     * zero page gives a token that counts nothing.
     */
    public static long tokenOfHeld(MemoryCore memory, long pfn, int n, int flags) {
        memory.checkPfn(pfn);
        memory.requireMapped();
        boolean pinned = (flags & FollBits.FOLL_PIN) != 0;
        long token = (pinned ? PIN : 0) | (long) n << COUNT_SHIFT;
        if (pinned && pfn == memory.zeroPfn()) {
            return token | NOT_COUNTED | pfn;
        }
        long recordBase = memory.recordBase();
        long headPfn = PageRefs.headPfn(recordBase, pfn);
        boolean large = Compound.of(PageLayout.record(recordBase, headPfn)) != Compound.NONE;
        return token | (large ? LARGE : 0) | headPfn;
    }
}

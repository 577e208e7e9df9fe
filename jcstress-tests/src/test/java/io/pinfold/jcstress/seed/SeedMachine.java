package io.pinfold.jcstress.seed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Page records, one table and the walk of the seed series over them, in plain fields: without a bug it is the intended
 * walk, with one it is the walk of the series. Pins of large folios are biased like those of single pages, as in the
 * series.
 *
 * <p>One thread. The walk itself runs the actions of another thread, at {@link #afterLookUp} or {@link #afterGrab}.
 * {@link #broken} compares the records with their expected values (the global invariants of the specification).
 */
final class SeedMachine {
    static final int BIAS = 1024;
    static final int PAGES = 1024;
    static final int ZERO_PAGE = 1023;

    private final Set<SeedBug> bugs;
    final int[] count = new int[PAGES];
    /** Head of the folio of each page. */
    final int[] head = new int[PAGES];
    /** The expected counts without gets and pins: mappings and other holders. */
    final int[] holders = new int[PAGES];
    final boolean[] referenced = new boolean[PAGES];
    final boolean[] shared = new boolean[PAGES];
    /** Page in each entry of the table; -1 for none. */
    final int[] entry = new int[PAGES];
    final boolean[] writable = new boolean[PAGES];
    boolean tableIsLinked = true;
    int sequence;
    boolean pagemapIsLive = true;
    int pagemapReferences;

    /** The caller's array: the first {@link #obtained} entries are its pages. */
    final int[] pages = new int[PAGES];
    int obtained;
    int acquired;
    int released;

    Runnable afterLookUp = SeedMachine::nothing;
    Runnable afterGrab = SeedMachine::nothing;

    private final int[] outstanding = new int[PAGES];
    private final boolean[] freed = new boolean[PAGES];
    private final Set<String> seen = new TreeSet<>();

    SeedMachine(SeedBug... bugs) {
        this.bugs = EnumSet.noneOf(SeedBug.class);
        this.bugs.addAll(List.of(bugs));
        Arrays.fill(entry, -1);
        Arrays.fill(pages, -1);
        for (int page = 0; page < PAGES; page++) {
            head[page] = page;
        }
    }

    private static void nothing() {
        // no other thread intervenes
    }

    private boolean has(SeedBug bug) {
        return bugs.contains(bug);
    }

    // ---- actions of other threads ----------------------------------------------------------------------------------

    /** Maps a single page at the entry of its own number. */
    void map(int page, boolean isWritable) {
        entry[page] = page;
        writable[page] = isWritable;
        hold(page, 1);
    }

    /** Makes a folio of {@code n} pages with one reference, mapped by a leaf or by nothing. */
    void folio(int first, int n) {
        Arrays.fill(head, first, first + n, first);
        hold(first, 1);
    }

    private void hold(int page, int n) {
        count[page] += n;
        holders[page] += n;
    }

    void unmap(int page) {
        entry[page] = -1;
        holders[head[page]]--;
        sub(head[page], 1);
    }

    /** Splits the folio: every page gets a count of its own, 1. Only if the mapping is the only holder. */
    void split(int first, int n) {
        for (int page = first; page < first + n; page++) {
            head[page] = page;
            count[page] = 1;
            holders[page] = 1;
        }
    }

    /** Forks a page that it takes for unpinned: shares it with a child, read-only on both sides. */
    void fork(int page) {
        sequence += 2;
        shared[page] = true;
        hold(page, 1);
    }

    /** Drops a holder's reference; at 0 the page is free. */
    private void sub(int page, int n) {
        count[page] -= n;
        if (count[page] == 0) {
            freed[page] = true;
        }
    }

    /** Unpins a page, as unpin_user_page does for every user. */
    void unpin(int page) {
        outstanding[page]--;
        released++;
        sub(head[page], BIAS);
    }

    // ---- the walk ------------------------------------------------------------------------------------------------

    /** Walks one page as gup_pte_range does: a pin, for writing or for reading. */
    boolean pin(int at, boolean write) {
        int before = sequence;
        int page = entry[at];
        boolean isWritable = writable[at];
        if (!tableIsLinked || page < 0 || write && !isWritable) {
            return false;
        }
        if (has(SeedBug.B20)) {
            pages[obtained] = page;
        }
        if (page == ZERO_PAGE && !has(SeedBug.M30)) {
            pages[obtained++] = page;
            return true; // no counter counts it
        }
        int grabbed = head[page];
        afterLookUp.run();
        if (!add(grabbed, BIAS)) {
            return false;
        }
        if (!has(SeedBug.M10) && !has(SeedBug.B2) && head[page] != grabbed) {
            sub(grabbed, BIAS);
            return false; // repeats the loop from the beginning, which changes nothing for the counts
        }
        acquired++;
        afterGrab.run();
        boolean changed = entry[at] != page || writable[at] != isWritable
                || !tableIsLinked && !has(SeedBug.M02);
        boolean unshare = !write && !isWritable && shared[page] && !has(SeedBug.M20);
        boolean forked = sequence != before && !has(SeedBug.M15);
        if (changed || unshare || forked) {
            rollBack(page, grabbed);
            return false;
        }
        record(page);
        if (!tableIsLinked) {
            seen.add("I1");
        }
        if (shared[page]) {
            seen.add("I6");
        }
        return true;
    }

    private void rollBack(int page, int grabbed) {
        if (has(SeedBug.B1)) {
            sub(grabbed, 1);
        } else if (has(SeedBug.B5)) {
            putCompoundHead(grabbed, 1);
        } else {
            released++;
            sub(has(SeedBug.B2) ? head[page] : grabbed, BIAS);
        }
    }

    /** Pins {@code refs} pages of a leaf from a page on, as gup_huge_pmd. */
    boolean pinLeaf(int page, int refs) {
        boolean addsOnce = has(SeedBug.B3) || has(SeedBug.B4);
        int grabbed = head[page];
        if (!add(grabbed, addsOnce ? BIAS : refs * BIAS)) {
            return false;
        }
        acquired += refs;
        boolean wasLinked = tableIsLinked;
        afterGrab.run();
        if (tableIsLinked != wasLinked) {
            if (has(SeedBug.B4)) {
                putCompoundHead(page, refs);
            } else {
                released += refs;
                sub(grabbed, refs * BIAS);
            }
            return false;
        }
        for (int i = 0; i < refs; i++) {
            record(page + i);
        }
        return true;
    }

    /** Drops references as put_compound_head() of patch 02: one subtraction, bracketed so that it never meets zero. */
    private void putCompoundHead(int page, int refs) {
        count[page]++;
        count[page] -= refs;
        sub(page, 1);
    }

    /** Gets or pins pages of a device one by one, all or none, as __gup_device_huge. */
    boolean grabDevice(int first, int n, boolean pin) {
        int start = obtained;
        if (!pagemapIsLive) {
            return false;
        }
        pagemapReferences++;
        for (int page = first; page < first + n; page++) {
            if (has(SeedBug.B7)) {
                referenced[page] = true;
            }
            boolean grabbed = pin ? add(page, BIAS) : has(SeedBug.B14) ? get(page) : add(page, 1);
            if (!grabbed) {
                while (obtained > start) {
                    int last = pages[--obtained];
                    pages[obtained] = -1;
                    referenced[last] = false;
                    outstanding[last]--;
                    released += pin ? 1 : 0;
                    sub(last, pin ? BIAS : 1);
                }
                if (!has(SeedBug.B6)) {
                    pagemapReferences--;
                }
                return false;
            }
            acquired += pin ? 1 : 0;
            record(page);
            referenced[page] = true;
        }
        pagemapReferences--;
        return true;
    }

    /**
     * The slow path's grab of a page that its mapping keeps stable, with neither GET nor PIN: a prefault only needs the
     * page to be present.
     */
    boolean prefault(int page) {
        boolean stable = !has(SeedBug.B17); // the speculative primitive has no third case, and refuses
        if (!stable) {
            seen.add("I13");
        }
        return stable && entry[page] == page;
    }

    private void record(int page) {
        pages[obtained++] = page;
        outstanding[page]++;
    }

    /** Takes a reference as try_get_page or its speculative variant: a count of zero or below is not raised. */
    private boolean add(int page, int n) {
        if (count[page] <= 0) {
            return false;
        }
        count[page] += n;
        return true;
    }

    /** Takes a reference as get_page, without a check. */
    private boolean get(int page) {
        if (count[page] < 0) {
            seen.add("I14");
        }
        count[page]++;
        return true;
    }

    /** Whether the page is pinned, as page_dma_pinned() decides. */
    boolean maybePinned(int page) {
        int found = count[head[page]];
        return has(SeedBug.B18) ? found >= BIAS : Integer.compareUnsigned(found, BIAS) >= 0;
    }

    // ---- the checks ----------------------------------------------------------------------------------------------

    /** The broken invariants while no call is under way. */
    List<String> broken() {
        Set<String> found = new TreeSet<>(seen);
        int[] pins = new int[PAGES];
        for (int page = 0; page < PAGES; page++) {
            pins[head[page]] += outstanding[page];
            if (outstanding[page] > 0 && !maybePinned(page)) {
                found.add("I4");
            }
            if (outstanding[page] > 0 && freed[head[page]]) {
                found.add("I5");
            }
            if (referenced[page] && outstanding[page] == 0) {
                found.add("I2");
            }
        }
        for (int page = 0; page < PAGES; page++) {
            if (count[page] != holders[page] + pins[page] * BIAS) {
                found.add("I3");
            }
            if (count[page] < 0) {
                found.add("I14");
            }
        }
        for (int i = obtained; i < PAGES; i++) {
            if (pages[i] != -1) {
                found.add("RV");
            }
        }
        if (pagemapReferences != 0) {
            found.add("I12");
        }
        return new ArrayList<>(found);
    }
}

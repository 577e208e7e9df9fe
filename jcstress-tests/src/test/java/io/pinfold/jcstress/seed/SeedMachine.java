package io.pinfold.jcstress.seed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Page records, one table and the walk of the seed series over them, in plain fields: with no bug switched on it is the walk as
 * it was meant, with one it is what the series did. Pins of large folios are biased like those of single pages, as they were then.
 *
 * <p>One thread. What another one would do in the middle of a walk is run by the walk itself, at {@link #afterLookUp} or
 * {@link #afterGrab}. {@link #broken} compares the records with what they have to be (the global invariants of the specification).
 */
final class SeedMachine {
    static final int BIAS = 1024;
    static final int PAGES = 1024;
    static final int ZERO_PAGE = 1023;

    private final Set<SeedBug> bugs;
    final int[] count = new int[PAGES];
    /** Head of the folio of each page. */
    final int[] head = new int[PAGES];
    /** What the counts have to be without gets and pins: mappings and other holders. */
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

    /** What the caller gets: the first {@link #obtained} are his. */
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
        // nobody comes in between
    }

    private boolean has(SeedBug bug) {
        return bugs.contains(bug);
    }

    // ---- what others do ------------------------------------------------------------------------------------------

    /** Maps a single page at the entry of its number. */
    void map(int page, boolean isWritable) {
        entry[page] = page;
        writable[page] = isWritable;
        hold(page, 1);
    }

    /** A folio of {@code n} pages with one reference, mapped by a leaf or by nothing. */
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

    /** The folio comes apart: every page has a count of its own, 1. Only when nobody but the mapping holds it. */
    void split(int first, int n) {
        for (int page = first; page < first + n; page++) {
            head[page] = page;
            count[page] = 1;
            holders[page] = 1;
        }
    }

    /** fork, of a page it takes for unpinned: shared with a child, read-only on both sides. */
    void fork(int page) {
        sequence += 2;
        shared[page] = true;
        hold(page, 1);
    }

    /** A holder lets go; at 0 the page is free. */
    private void sub(int page, int n) {
        count[page] -= n;
        if (count[page] == 0) {
            freed[page] = true;
        }
    }

    /** unpin_user_page, as every user does it. */
    void unpin(int page) {
        outstanding[page]--;
        released++;
        sub(head[page], BIAS);
    }

    // ---- the walk ------------------------------------------------------------------------------------------------

    /** gup_pte_range for one page: a pin, for writing or for reading. */
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
            return true; // counted nowhere
        }
        int grabbed = head[page];
        afterLookUp.run();
        if (!add(grabbed, BIAS)) {
            return false;
        }
        if (!has(SeedBug.M10) && !has(SeedBug.B2) && head[page] != grabbed) {
            sub(grabbed, BIAS);
            return false; // and once more from the beginning, which changes nothing for the counts
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

    /** gup_huge_pmd: pins {@code refs} pages of a leaf from a page on. */
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

    /** put_compound_head() of patch 02: one subtraction, bracketed so that it never meets zero. */
    private void putCompoundHead(int page, int refs) {
        count[page]++;
        count[page] -= refs;
        sub(page, 1);
    }

    /** __gup_device_huge: gets or pins pages of a device, one by one; all or nothing. */
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

    /** The slow path's grab of a page that its mapping keeps stable, with neither GET nor PIN: prefault only wants it there. */
    boolean prefault(int page) {
        boolean stable = !has(SeedBug.B17); // the speculative primitive knows no third case, and refuses
        if (!stable) {
            seen.add("I13");
        }
        return stable && entry[page] == page;
    }

    private void record(int page) {
        pages[obtained++] = page;
        outstanding[page]++;
    }

    /** try_get_page and its speculative sister: neither leaves zero nor raises a negative count. */
    private boolean add(int page, int n) {
        if (count[page] <= 0) {
            return false;
        }
        count[page] += n;
        return true;
    }

    /** get_page: no question asked. */
    private boolean get(int page) {
        if (count[page] < 0) {
            seen.add("I14");
        }
        count[page]++;
        return true;
    }

    /** page_dma_pinned(). */
    boolean maybePinned(int page) {
        int found = count[head[page]];
        return has(SeedBug.B18) ? found >= BIAS : Integer.compareUnsigned(found, BIAS) >= 0;
    }

    // ---- the checks ----------------------------------------------------------------------------------------------

    /** The invariants that do not hold now, while no call is under way. */
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

package io.pinfold.hwmodel.conformance;

import java.util.Random;

/**
 * A part of the window in which a trace works, with what is mapped there. Its first and last pages are neighbours of
 * the part under test.
 */
enum Area {
    /** Private and shared memory in base pages. */
    SMALL(0, 48, Backing.PRIVATE, 0),
    /** The memory file mapped privately. */
    OBJECT(Side.SHARED_PAGES, 48, Backing.OBJECT, 0),
    /** Private memory with the advice to use huge pages: one area of a leaf, and its neighbours. */
    HUGE(1000, 560, Backing.HUGE, 1024),
    /** Reserved huge pages: two of them, and their neighbours. */
    RESERVED(3064, 1040, Backing.RESERVED, 3072);

    private static final int FEW = 4;
    private static final int SOME = 24;

    private final int first;
    private final int pages;
    private final Backing backing;
    private final int firstLeaf;

    Area(int first, int pages, Backing backing, int firstLeaf) {
        this.first = first;
        this.pages = pages;
        this.backing = backing;
        this.firstLeaf = firstLeaf;
    }

    /** The area that the page of the window lies in. */
    static Area of(int page) {
        for (Area area : values()) {
            if (page >= area.first && page < area.first + area.pages) {
                return area;
            }
        }
        throw new IllegalArgumentException("page " + page + " is in no area");
    }

    int first() {
        return first;
    }

    /** Page where the first leaf begins; 0 if there are no leaves. */
    int firstLeaf() {
        return firstLeaf;
    }

    /** The first page behind the area. */
    int end() {
        return first + pages;
    }

    /** The usual backing of mappings here. */
    Backing backing() {
        return backing;
    }

    /** Whether a leaf may map the page. */
    boolean hasLeaves() {
        return firstLeaf > 0;
    }

    /** Whether a mapping that covers these pages covers whole leaves only. */
    boolean isOfLeaves(int page, int count) {
        return hasLeaves() && page % Side.HUGE_PAGES == 0 && count % Side.HUGE_PAGES == 0;
    }

    /** Whether all that one leaf may map lies in the range. */
    boolean coversLeaf(int page, int count) {
        return hasLeaves() && page <= firstLeaf && page + count >= firstLeaf + Side.HUGE_PAGES;
    }

    /** Draws where a step begins: mostly at or beside an edge of a leaf, if there are any. */
    int page(Random random) {
        if (!hasLeaves() || random.nextInt(4) == 0) {
            return first + random.nextInt(pages);
        }
        int leaves = (pages - 1) / Side.HUGE_PAGES;
        int edge = firstLeaf + random.nextInt(2 * leaves + 1) * (Side.HUGE_PAGES / 2);
        int beside = random.nextInt(2) == 0 ? 0 : random.nextInt(2 * FEW) - FEW;
        return Math.max(first, Math.min(end() - 1, edge + beside));
    }

    /** Draws how many pages a step that begins at {@code page} covers. */
    int pages(Random random, int page) {
        int left = end() - page;
        int wanted = switch (random.nextInt(hasLeaves() ? 6 : 4)) {
            case 0, 1 -> 1 + random.nextInt(FEW);
            case 2 -> 1 + random.nextInt(SOME);
            case 3 -> 1 + random.nextInt(left);
            case 4 -> Side.HUGE_PAGES / 2;
            default -> Side.HUGE_PAGES;
        };
        return Math.min(left, wanted);
    }
}

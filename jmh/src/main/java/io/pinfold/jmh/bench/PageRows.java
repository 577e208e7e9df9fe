package io.pinfold.jmh.bench;

import io.pinfold.jmh.RatioHarness;
import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import io.pinfold.jmh.baseline.CBaseline;
import io.pinfold.jmh.support.PresentPages;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;

/** Rows of get + put and pin + unpin of present pages, one batch size, against the same in C. */
final class PageRows implements Group.Rows {
    /** The words by which a note gives C's own time as a multiple of the floor; {@link Summary} looks for them. */
    static final String FLOOR_NOTE = "C is ";

    private final String kind;
    private final PresentPages present;
    private final boolean isExtents;
    private final boolean hasFloor;

    private PageRows(String kind, PresentPages present, boolean isExtents, boolean hasFloor) {
        this.kind = kind;
        this.present = present;
        this.isExtents = isExtents;
        this.hasFloor = hasFloor;
    }

    static Group.Rows lists(String kind, PresentPages present) {
        return new PageRows(kind, present, false, !kind.startsWith("folio16"));
    }

    static Group.Rows extents(String kind, PresentPages present) {
        return new PageRows(kind, present, true, false);
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        List<Integer> baselines = new ArrayList<>();
        int floor = -1;
        if (hasFloor) {
            floor = add(harness, baselines, present.hasC() ? present::cTwoAtomics : present::casPair, 0);
        }
        int get = pair(harness, baselines, floor, isExtents ? present::cGetAndPutExtents : present::cGetAndPut,
                isExtents ? present::getAndPutExtents : present::getAndPut);
        int pin = pair(harness, baselines, floor, isExtents ? present::cPinAndUnpinExtents : present::cPinAndUnpin,
                isExtents ? present::pinAndUnpinExtents : present::pinAndUnpin);
        List<Result> results = harness.run(rounds, baselines.stream().mapToInt(Integer::intValue).toArray());
        present.checkBalanced();
        present.close();
        return List.of(figure("get", results, get), figure("pin", results, pin));
    }

    private int add(RatioHarness harness, List<Integer> baselines, IntUnaryOperator loop, int baseline) {
        int index = harness.add(new Variant(kind, present.pages(), loop));
        baselines.add(baseline < 0 ? index : baseline);
        return index;
    }

    /** Adds C, if it is there, and Java compared with it; returns the index of Java. */
    private int pair(RatioHarness harness, List<Integer> baselines, int floor, IntUnaryOperator c,
            IntUnaryOperator java) {
        int baseline = present.hasC() ? add(harness, baselines, c, floor) : -1;
        return add(harness, baselines, java, baseline);
    }

    private Figure figure(String what, List<Result> results, int java) {
        String id = kind + "." + what + "." + present.pages();
        Result result = results.get(java);
        if (!present.hasC()) {
            return Figure.time(id, result.nanos(), CBaseline.whyNot());
        }
        Result c = results.get(java - 1);
        String note = hasFloor
                ? String.format(Locale.ROOT, FLOOR_NOTE + "%.2f ns, %.2f of the two-atomics floor", c.nanos(),
                        c.ratio())
                : String.format(Locale.ROOT, FLOOR_NOTE + "%.3f ns", c.nanos());
        return new Figure(id, result.nanos(), result.ratio(), result.p25(), result.p75(), Row.C, note);
    }
}

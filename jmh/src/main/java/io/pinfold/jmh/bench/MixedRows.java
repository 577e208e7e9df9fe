package io.pinfold.jmh.bench;

import io.pinfold.jmh.RatioHarness;
import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import io.pinfold.jmh.baseline.CBaseline;
import io.pinfold.jmh.support.PresentPages;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Rows of all batch sizes, gets and pins, one after the other in one JVM: each call of 1, 8, 64 and 512 pages as often
 * as the others. The row {@code mixed} is the time of all of them together; the rows below it list them one by one.
 */
final class MixedRows implements Group.Rows {
    private static final int[] PAGES = {1, 8, 64, 512};
    /** Calls of one size in a row. They share one downcall; with fewer the cost of the downcall would flatter Java. */
    private static final int BURST = 16;

    private final List<PresentPages> all = new ArrayList<>();

    MixedRows() {
        for (int pages : PAGES) {
            all.add(new PresentPages(pages));
        }
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        if (!CBaseline.isAvailable()) {
            closeAll();
            return List.of(Figure.notMeasured("mixed", CBaseline.whyNot()));
        }
        RatioHarness harness = new RatioHarness(seed);
        List<Integer> baselines = new ArrayList<>();
        int total = 0;
        for (PresentPages present : all) {
            total += 2 * BURST * present.pages();
        }
        int c = harness
                .add(new Variant("C", total, calls -> each(calls, p -> p.cGetAndPut(BURST) + p.cPinAndUnpin(BURST))));
        int java = harness
                .add(new Variant("Java", total, calls -> each(calls, p -> p.getAndPut(BURST) + p.pinAndUnpin(BURST))));
        baselines.add(c);
        baselines.add(c);
        for (PresentPages present : all) {
            int get = harness.add(new Variant("C get", present.pages(), present::cGetAndPut));
            harness.add(new Variant("get", present.pages(), present::getAndPut));
            int pin = harness.add(new Variant("C pin", present.pages(), present::cPinAndUnpin));
            harness.add(new Variant("pin", present.pages(), present::pinAndUnpin));
            baselines.addAll(List.of(get, get, pin, pin));
        }
        List<Result> results = harness.run(rounds, baselines.stream().mapToInt(Integer::intValue).toArray());
        List<Figure> figures = new ArrayList<>();
        figures.add(figure("mixed", results.get(java)));
        for (int i = 0; i < PAGES.length; i++) {
            figures.add(figure("mixed.get." + PAGES[i], results.get(2 + 4 * i + 1)));
            figures.add(figure("mixed.pin." + PAGES[i], results.get(2 + 4 * i + 3)));
        }
        closeAll();
        return figures;
    }

    private int each(int calls, ToIntFunction<PresentPages> call) {
        int sum = 0;
        for (int i = 0; i < calls; i++) {
            for (PresentPages present : all) {
                sum += call.applyAsInt(present);
            }
        }
        return sum;
    }

    private static Figure figure(String id, Result result) {
        return new Figure(id, result.nanos(), result.ratio(), result.p25(), result.p75(), Row.C, "");
    }

    private void closeAll() {
        for (PresentPages present : all) {
            present.checkBalanced();
            present.close();
        }
    }
}

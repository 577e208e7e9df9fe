package io.pinfold.core.pagemap;

import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.words.Align;
import java.util.ArrayList;
import java.util.List;

/** The check of the frames of a new pagemap that depends on the memory. */
final class PagemapRanges {
    private PagemapRanges() {
    }

    /**
     * Checks that the frames lie in the device window, in whole granules, none twice.
     *
     * @throws IllegalArgumentException if they do not
     */
    static void requireInside(DevPagemapOptions options, long startPfn, long endPfn) {
        long unit = Math.max(DevPagemaps.GRANULE_FRAMES, 1L << options.order());
        List<Range> seen = new ArrayList<>();
        for (Range range : options.ranges()) {
            boolean isInside = range.frames() > 0 && range.firstPfn() >= startPfn && range.firstPfn() < endPfn
                    && range.frames() <= endPfn - range.firstPfn();
            if (!isInside || !Align.isAligned(range.firstPfn(), unit) || !Align.isAligned(range.frames(), unit)) {
                throw new IllegalArgumentException(range + " is not made of whole units of " + unit
                        + " frames of the device window, " + startPfn + ".." + (endPfn - 1));
            }
            for (Range other : seen) {
                if (range.firstPfn() < other.endPfn() && other.firstPfn() < range.endPfn()) {
                    throw new IllegalArgumentException(range + " overlaps " + other);
                }
            }
            seen.add(range);
        }
    }
}

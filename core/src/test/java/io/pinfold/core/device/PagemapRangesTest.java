package io.pinfold.core.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageType;
import io.pinfold.core.pagemap.Pagemap;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which frames a pagemap covers, which places are free, and which pagemap a look-up finds. */
@Timeout(60)
class PagemapRangesTest extends PagemapTest {

    @Test
    void aGranuleIsWhatOnePmdLeafMaps() {
        assertThat((long) DevPagemaps.GRANULE_FRAMES).isEqualTo(Geometry.leafPages(Geometry.PMD));
        DevPagemap pagemap = add(DevPagemapType.FS_DAX, start, DevPagemaps.GRANULE_FRAMES);
        Pagemap next = add(DevPagemapType.FS_DAX, pagemap.ranges().getFirst().endPfn(), DevPagemaps.GRANULE_FRAMES);
        assertThat(get(start + DevPagemaps.GRANULE_FRAMES, get(start, 0))).isEqualTo(next.address());
        put(next.address());
        assertThatThrownBy(() -> add(DevPagemapType.FS_DAX, start, DevPagemaps.GRANULE_FRAMES / 2))
                .isInstanceOf(IllegalArgumentException.class);
        pagemap.remove();
        next.remove();
    }

    /** What lies between two ranges of a pagemap may be another's: both ends alone do not tell. */
    @Test
    void aPagemapCoversWhatAllOfItsRangesAre() {
        Pagemap around = pagemaps.add(DevPagemapOptions.of(DevPagemapType.GENERIC, start, 1)
                .withRanges(List.of(new Range(start, UNIT), new Range(start + 2 * UNIT, 2 * UNIT))));
        Pagemap between = add(DevPagemapType.GENERIC, start + UNIT, UNIT);
        for (int first = 0; first < 4; first++) {
            for (int units = 1; first + units <= 4; units++) {
                boolean isOther = first <= 1 && first + units > 1;
                assertThat(registry.covers(around.address(), start + first * UNIT, units * UNIT))
                        .as("units %d to %d", first, first + units - 1).isEqualTo(!isOther);
                assertThat(registry.covers(between.address(), start + first * UNIT, units * UNIT))
                        .isEqualTo(first == 1 && units == 1);
            }
        }
        end(around);
        end(between);
    }

    /** Neighbours in any order are no overlap, a common frame is one. */
    @Test
    void rangesOfOnePagemapMayTouch() {
        for (int second = 0; second <= 4; second++) {
            DevPagemapOptions options = DevPagemapOptions.of(DevPagemapType.GENERIC, start, 1).withRanges(
                    List.of(new Range(start + 2 * UNIT, UNIT), new Range(start + second * UNIT, UNIT)));
            if (second == 2) {
                assertThatThrownBy(() -> pagemaps.add(options)).hasMessageContaining("overlaps");
            } else {
                end(pagemaps.add(options));
            }
        }
    }

    /** Wherever the one free place is, it is found, the last one of the window included. */
    @Test
    void theOnlyFreePlaceIsFound() {
        int units = (int) ((memory.frames() - start) / UNIT);
        List<DevPagemap> all = new ArrayList<>();
        for (int unit = 0; unit < units; unit++) {
            all.add(add(DevPagemapType.GENERIC, start + (long) unit * UNIT, UNIT));
        }
        assertThat(pagemaps.findFree(UNIT, 1)).isNegative();
        for (int unit = 0; unit < units; unit++) {
            all.get(unit).remove();
            assertThat(pagemaps.findFree(UNIT, 1)).isEqualTo(start + (long) unit * UNIT);
            assertThat(pagemaps.findFree(2L * UNIT, 1)).isNegative();
            all.set(unit, add(DevPagemapType.GENERIC, start + (long) unit * UNIT, UNIT));
        }
        all.forEach(DevPagemap::remove);
    }

    /** However many granules a pagemap had, each is without a pagemap afterwards. */
    @Test
    void aPagemapThatIsGoneIsForgottenInAllItsGranules() {
        for (long units = 1; units <= 4; units++) {
            for (int turn = 0; turn < 2; turn++) {
                end(add(DevPagemapType.GENERIC, start, units * UNIT));
                for (long pfn = start; pfn < start + units * UNIT; pfn += DevPagemaps.GRANULE_FRAMES) {
                    String granule = "frame " + pfn + " of " + units + " units";
                    assertThat(registry.typeOf(pfn)).as(granule).isNull();
                    assertThat(registry.isLongtermPinnable(pfn)).as(granule).isFalse();
                    assertThat(get(pfn, 0)).as(granule).isZero();
                }
            }
        }
    }

    @Test
    void lookUpsGiveOneReferenceForAChain() {
        Pagemap one = add(DevPagemapType.FS_DAX, start, UNIT);
        Pagemap other = pagemaps.add(DevPagemapOptions.of(DevPagemapType.GENERIC, start, 1)
                .withRanges(List.of(new Range(start + UNIT, UNIT), new Range(start + 3 * UNIT, UNIT))));
        assertThat(registry.isDevice(start - 1)).isFalse();
        assertThat(registry.isDevice(start)).isTrue();
        assertThat(registry.isDevice(memory.frames())).isFalse();
        for (long none : new long[]{2, start - 1, start + 2 * UNIT, memory.frames(), -1}) {
            assertThat(get(none, 0)).isZero();
        }
        long first = get(start, 0);
        assertThat(first).isEqualTo(one.address());
        assertThat(get(start + UNIT - 1, first)).as("covered").isEqualTo(first);
        assertThat(one.references()).as("once").isEqualTo(2 + UNIT);
        long second = get(start + UNIT, first);
        assertThat(second).isEqualTo(other.address());
        assertThat(one.references()).as("released on the way").isEqualTo(1 + UNIT);
        assertThat(get(start + 3 * UNIT, second)).as("every range counts, not the first alone").isEqualTo(second);
        assertThat(get(start + 2 * UNIT, second)).as("nothing there").isZero();
        assertThat(other.references()).isEqualTo(1 + 2 * UNIT);
        assertThat(pagemaps.section().get(start, 0)).isEqualTo(first);
        assertThat(one.references()).isEqualTo(2 + UNIT);
        pagemaps.section().put(first);
        assertThat(pagemaps.of(start + 4 * UNIT - 1)).isSameAs(other);
        assertThat(pagemaps.of(start + 4 * UNIT)).isNull();
        assertThat(pagemaps.findFree(UNIT, 1)).isEqualTo(start + 2 * UNIT);
        assertThat(pagemaps.findFree(2 * UNIT, 1)).isEqualTo(start + 4 * UNIT);
        assertThat(pagemaps.findFree(memory.frames() - start, 1)).isEqualTo(-1);
        assertThat(MemoryAudit.check(memory)).isEmpty();
        end(one);
        end(other);
    }

    @Test
    @Tag("unchecked") // plants a generation
    void badRangesAreRefusedAndLeaveNothing() {
        DevPagemap pagemap = add(DevPagemapType.GENERIC, start + UNIT, UNIT);
        for (Range range : List.of(new Range(start, 0), new Range(start, UNIT - 1), new Range(start + 1, UNIT),
                new Range(start - UNIT, 2 * UNIT), new Range(memory.frames() - UNIT, 2 * UNIT),
                new Range(start, Long.MAX_VALUE - UNIT + 1))) {
            assertThatThrownBy(() -> add(DevPagemapType.GENERIC, range.firstPfn(), range.frames())).as("%s", range)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        Range low = new Range(start, UNIT);
        Range high = new Range(start + 2 * UNIT, UNIT);
        for (List<Range> twice : List.of(List.of(low, low), List.of(low, high, high), List.of(low, high, low),
                List.of(high, low, low), List.of(high, low, high))) {
            assertThatThrownBy(() -> pagemaps.add(DevPagemapOptions.of(DevPagemapType.GENERIC, start, UNIT)
                    .withRanges(twice))).as("%s", twice).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("overlaps");
        }
        assertThatThrownBy(() -> add(DevPagemapType.GENERIC, start, 2 * UNIT))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("overlaps pagemap");
        Words.setIntVolatile(core.recordAddress(start) + PageLayout.GENERATION, -2);
        add(DevPagemapType.GENERIC, start, UNIT).remove();
        assertThat(memory.page(start).type()).isEqualTo(PageType.RETIRED);
        assertThatThrownBy(() -> add(DevPagemapType.GENERIC, start, UNIT)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("used up");
        pagemap.remove();
        assertThat(pagemaps.list()).isEmpty();
    }

    @Test
    void figuresForAPlaceAreChecked() {
        for (long frames : new long[]{0, -1, UNIT - 1, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> pagemaps.findFree(frames, 1)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("frames = " + frames);
        }
        for (long alignment : new long[]{0, 3, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> pagemaps.findFree(UNIT, alignment)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("alignment = " + alignment);
        }
        assertThat(pagemaps.findFree(UNIT, 1L << 62)).isEqualTo(-1);
        assertThat(pagemaps.findFree(1L << 62, 1)).isEqualTo(-1);
        assertThat(pagemaps.findFree(UNIT, 1)).isEqualTo(start);
        assertThatThrownBy(() -> pagemaps.add(null)).isInstanceOf(NullPointerException.class).hasMessage("options");
    }

    @Test
    void aPlaceThatIsTakenIsAnsweredAndAnythingElseIsRefused() {
        DevPagemap first = pagemaps.tryAdd(DevPagemapOptions.of(DevPagemapType.GENERIC, start, UNIT));
        assertThat(first).isNotNull();
        assertThat(pagemaps.tryAdd(DevPagemapOptions.of(DevPagemapType.GENERIC, start, 2L * UNIT))).isNull();
        assertThat(pagemaps.list()).containsExactly(first);
        assertThatThrownBy(() -> pagemaps.tryAdd(DevPagemapOptions.of(DevPagemapType.GENERIC, start + 1, UNIT)))
                .isInstanceOf(IllegalArgumentException.class);
        first.kill();
        assertThat(pagemaps.tryAdd(DevPagemapOptions.of(DevPagemapType.GENERIC, start, UNIT))).as("dying").isNull();
        first.awaitDone();
        first.close();
    }
}

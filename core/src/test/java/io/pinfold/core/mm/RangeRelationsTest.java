package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.pgtable.Geometry;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every relation of a range to a mapping: before, touching, overlapping, inside, around, equal. */
class RangeRelationsTest extends MmTest {
    private static final long AREA = Geometry.levelBytes(Geometry.PMD);
    private static final long PLACE = 8 * AREA;
    /** The mapping is the pages 3 to 5 from {@link #PLACE} on. */
    private static final int FIRST = 3;
    private static final int BEHIND = 6;

    static IntStream starts() {
        return IntStream.rangeClosed(0, BEHIND + 2);
    }

    /** A hint is honoured if nothing is in its way, and then the mappings are one if they touch. */
    @ParameterizedTest
    @MethodSource("starts")
    void aHintIsHonouredWhereNothingIsInItsWay(int first) {
        for (int behind = first + 1; behind <= BEHIND + 3; behind++) {
            long mapping = PLACE + FIRST * PAGE;
            assertThat(space.mmap(mapping, (BEHIND - FIRST) * PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(mapping);
            boolean isInTheWay = first < BEHIND && behind > FIRST;
            boolean isTouching = behind == FIRST || first == BEHIND;
            long hint = PLACE + (long) first * PAGE;
            long at = space.mmap(hint, (long) (behind - first) * PAGE, RW, PRIVATE);
            assertThat(at == hint).as("pages %d to %d", first, behind - 1).isEqualTo(!isInTheWay);
            assertThat(space.mappings()).as("pages %d to %d", first, behind - 1).isEqualTo(isTouching ? 1 : 2);
            assertThat(space.munmap(at, (long) (behind - first) * PAGE)).isZero();
            assertThat(space.munmap(mapping, (BEHIND - FIRST) * PAGE)).isZero();
            assertThat(space.mappings()).isZero();
        }
    }

    /** What is unmapped is gone, and what lies outside stays, contents and all; a hole is not an error. */
    @ParameterizedTest
    @MethodSource("starts")
    void munmapTakesWhatIsInItsRangeOnly(int first) {
        try (Cpu cpu = space.openCpu()) {
            for (int behind = first + 1; behind <= BEHIND + 3; behind++) {
                assertThat(space.mmap(PLACE + FIRST * PAGE, (BEHIND - FIRST) * PAGE, RW, PRIVATE | MapFlags.FIXED))
                        .isPositive();
                for (int page = FIRST; page < BEHIND; page++) {
                    cpu.storeLong(PLACE + (long) page * PAGE, page);
                }
                assertThat(space.munmap(PLACE + (long) first * PAGE, (long) (behind - first) * PAGE)).isZero();
                for (int page = FIRST; page < BEHIND; page++) {
                    long address = PLACE + (long) page * PAGE;
                    if (page >= first && page < behind) {
                        assertThat(space.frameAt(address)).isZero();
                        assertThatThrownBy(() -> cpu.loadLong(address)).isInstanceOf(SegmentationFault.class);
                    } else {
                        assertThat(cpu.loadLong(address)).as("after munmap of %d to %d", first, behind - 1)
                                .isEqualTo(page);
                        cpu.storeLong(address, -page);
                    }
                }
                int left = Math.clamp(first, FIRST, BEHIND) > FIRST ? 1 : 0;
                int right = Math.clamp(behind, FIRST, BEHIND) < BEHIND ? 1 : 0;
                boolean isOutside = behind <= FIRST || first >= BEHIND;
                assertThat(space.mappings()).isEqualTo(isOutside ? 1 : left + right);
                assertThat(space.munmap(PLACE, (BEHIND + 3) * PAGE)).isZero();
            }
        }
    }

    /** The table of an area goes with its last page, whatever touches the area in front and behind. */
    @Test
    void aTableGoesThoughMappingsTouchItsArea() {
        for (int neighbours = 0; neighbours < 4; neighbours++) {
            long before = memory.vmStat().tableFrames();
            try (Cpu cpu = space.openCpu()) {
                if ((neighbours & 1) != 0) {
                    assertThat(space.mmap(PLACE - PAGE, PAGE, Prot.READ, PRIVATE | MapFlags.FIXED)).isPositive();
                    assertThat(cpu.loadLong(PLACE - PAGE)).isZero();
                }
                if ((neighbours & 2) != 0) {
                    assertThat(space.mmap(PLACE + AREA, PAGE, Prot.READ, PRIVATE | MapFlags.FIXED)).isPositive();
                    assertThat(cpu.loadLong(PLACE + AREA)).isZero();
                }
                if (neighbours != 0) { // else the tables above go, too
                    int _ = core.retired().drain();
                    before = memory.vmStat().tableFrames();
                }
                assertThat(space.mmap(PLACE, AREA, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(PLACE);
                cpu.storeLong(PLACE, 1);
                cpu.storeLong(PLACE + AREA - PAGE, 1);
                assertThat(space.munmap(PLACE, AREA)).isZero();
            }
            int _ = core.retired().drain();
            assertThat(memory.vmStat().tableFrames()).as("neighbours %d", neighbours).isEqualTo(before);
            assertThat(space.munmap(PLACE - PAGE, AREA + 2 * PAGE)).isZero();
        }
    }
}

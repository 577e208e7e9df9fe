package io.pinfold.core.pgtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.page.Orders;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Relations that must hold in every geometry; no figure of the default one is assumed. */
class GeometryTest {
    private static final long SEED = 20_260_101;

    @Test
    void indicesAndOffsetPutTogetherAreTheAddress() {
        Random random = new Random(SEED);
        for (int i = 0; i < 100_000; i++) {
            long address = random.nextLong(Geometry.USER_END);
            long sum = address & Geometry.PAGE_OFFSET_MASK;
            for (int level = Geometry.PTE; level <= Geometry.ROOT; level++) {
                int index = Geometry.index(address, level);
                assertThat(index).isBetween(0, Geometry.ENTRIES - 1);
                sum += (long) index << Geometry.levelShift(level);
            }
            assertThat(sum).as("seed %d", SEED).isEqualTo(address);
        }
    }

    @Test
    void baseAndNextEncloseTheAddress() {
        Random random = new Random(SEED);
        for (int i = 0; i < 100_000; i++) {
            long address = random.nextLong(Geometry.USER_END);
            int level = random.nextInt(Geometry.LEVELS);
            long base = Geometry.tableBase(address, level);
            long next = Geometry.nextEntry(address, level);
            assertThat(base).isLessThanOrEqualTo(address);
            assertThat(next - address).isBetween(1L, Geometry.levelBytes(level));
            assertThat(next % Geometry.levelBytes(level)).isZero();
            assertThat(address).isLessThan(base + Geometry.ENTRIES * Geometry.levelBytes(level));
            assertThat(Geometry.entryOffset(base, level)).isZero();
            assertThat(Geometry.tableBase(base, level)).isEqualTo(base);
        }
    }

    @Test
    void userSpaceIsTheLowerHalfLessOnePage() {
        assertThat(Geometry.USER_END + Geometry.PAGE_BYTES)
                .isEqualTo(Geometry.levelBytes(Geometry.ROOT) * Geometry.ENTRIES / 2);
        assertThat(Geometry.MMAP_BASE).isLessThanOrEqualTo(Geometry.USER_END).isGreaterThan(Geometry.USER_START);
        assertThat((long) Geometry.ENTRIES << Geometry.ENTRY_SHIFT).isLessThanOrEqualTo(Geometry.PAGE_BYTES);
        assertThat(Geometry.ENTRIES).as("the live count of a table has 16 bits").isLessThanOrEqualTo(0xFFFF);
    }

    /** What a leaf maps can be one folio, of RAM or of a device. */
    @Test
    void noLeafIsLargerThanTheLargestFolio() {
        assertThat(Geometry.HIGHEST_LEAF).isBetween(Geometry.PMD, Geometry.ROOT);
        assertThat(Geometry.leafOrder(Geometry.HIGHEST_LEAF)).isLessThanOrEqualTo(Orders.GIGANTIC);
    }

    @Test
    void rangesOutsideUserSpaceAreRecognised() {
        assertThat(Geometry.isUserRange(0, Geometry.USER_END)).isTrue();
        assertThat(Geometry.isUserRange(Geometry.USER_END, 0)).isTrue();
        assertThat(Geometry.isUserRange(Geometry.USER_END, 1)).isFalse();
        assertThat(Geometry.isUserRange(1, Geometry.USER_END)).isFalse();
        assertThat(Geometry.isUserRange(Long.MAX_VALUE, Long.MAX_VALUE)).isFalse();
        assertThat(Geometry.isUserRange(-4096, 8192)).isFalse();
        assertThat(Geometry.isUserRange(4096, -4096)).isFalse();
    }

    @Test
    void pagesAreRoundedBothWays() {
        long page = Geometry.PAGE_BYTES;
        assertThat(Geometry.pageCeil(1)).isEqualTo(page);
        assertThat(Geometry.pageCeil(page)).isEqualTo(page);
        assertThat(Geometry.pageCeil(0)).isZero();
        assertThat(Geometry.pageCeil(Long.MAX_VALUE)).isNotPositive();
        assertThat(Geometry.pageFloor(2 * page - 1)).isEqualTo(page);
    }
}

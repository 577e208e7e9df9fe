package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.pgtable.Geometry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where mappings lie: joined with what touches them, in lists that grow, at both ends of the addresses of users. */
class MappingPlacesTest extends MmTest {
    private static final long LAST = Geometry.USER_END - Geometry.PAGE_BYTES;

    /** Pages mapped one by one in every order of three: neighbours become one mapping, whichever came first. */
    @ParameterizedTest
    @ValueSource(ints = {12, 21, 102, 120, 201, 210})
    void threePagesInAnyOrderAreOneMapping(int order) {
        int[] pages = {order / 100, order / 10 % 10, order % 10};
        for (int i = 0; i < 3; i++) {
            map(pages[i], 1, RW, PRIVATE);
        }
        assertThat(space.mappings()).isOne();
    }

    /** A mapping put over the middle of another kind joins neither; the same kind again joins both. */
    @Test
    void whatIsMappedBetweenTwoJoinsBoth() {
        map(0, 5, RW, PRIVATE);
        map(2, 1, Prot.READ, PRIVATE);
        assertThat(space.mappings()).isEqualTo(3);
        map(2, 1, RW, PRIVATE);
        assertThat(space.mappings()).isOne();
    }

    /** A mapping is cut in three when the list is full, whatever its length is by then. */
    @Test
    void aListOfAnyLengthGrows() {
        for (int count = 1; count <= 70; count++) {
            try (AddressSpace other = AddressSpace.create(memory)) {
                for (int i = 0; i < count; i++) {
                    map(other, 4 * i, 3, RW, PRIVATE);
                }
                int middle = count / 2;
                assertThat(other.mprotect(BASE + (4L * middle + 1) * PAGE, PAGE, Prot.READ)).isZero();
                assertThat(other.mappings()).isEqualTo(count + 2);
                assertThat(other.mprotect(BASE + (4L * middle + 1) * PAGE, PAGE, RW)).isZero();
                assertThat(other.mappings()).isEqualTo(count);
                assertThat(other.munmap(BASE + (4L * middle + 1) * PAGE, PAGE)).isZero();
                assertThat(other.mappings()).isEqualTo(count + 1);
            }
        }
    }

    /** The first and the last page of users: by a hint, fixed, and what lies beyond. */
    @Test
    void theEndsOfTheAddressesOfUsers() {
        for (long end : new long[]{Geometry.USER_START, LAST}) {
            assertThat(space.mmap(end, PAGE, RW, PRIVATE)).as("as a hint").isEqualTo(end);
            assertThat(space.munmap(end, PAGE)).isZero();
            assertThat(space.mmap(end, PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(end);
            try (Cpu cpu = space.openCpu()) {
                cpu.storeLong(end + PAGE - 8, 5);
                assertThat(cpu.loadLong(end + PAGE - 8)).isEqualTo(5);
            }
            assertThat(space.mprotect(end, PAGE, Prot.READ)).isZero();
            assertThat(space.madvise(end, PAGE, AddressSpace.MADV_DONTNEED)).isZero();
            assertThat(space.munmap(end, PAGE)).isZero();
        }
        assertThat(space.mmap(Geometry.USER_END, PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(-Errno.ENOMEM);
        long elsewhere = space.mmap(Geometry.USER_END, PAGE, RW, PRIVATE);
        assertThat(elsewhere).as("a hint without room").isPositive().isLessThan(Geometry.USER_END);
        assertThat(space.munmap(elsewhere, PAGE)).isZero();
        assertThat(space.mmap(LAST, 2 * PAGE, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(-Errno.ENOMEM);
    }

    /** A hint is taken where the range just fits: between two mappings that touch it. */
    @Test
    void aHintBetweenTwoNeighbours() {
        map(-1, 1, RW, PRIVATE);
        map(2, 1, RW, PRIVATE);
        assertThat(space.mmap(BASE, 2 * PAGE, Prot.READ, PRIVATE)).isEqualTo(BASE);
        assertThat(space.mmap(BASE, PAGE, Prot.READ, PRIVATE)).as("taken now").isNotEqualTo(BASE).isPositive();
    }

    /** All that users can have, up to a page that is taken: the place below it is found to the last page. */
    @Test
    void theLastFreePlaceIsFound() {
        long most = Geometry.MMAP_BASE - Geometry.USER_START;
        assertThat(space.mmap(0, most + PAGE, RW, PRIVATE)).isEqualTo(-Errno.ENOMEM);
        assertThat(space.mmap(0, most, RW, PRIVATE)).isEqualTo(Geometry.USER_START);
        long hole = Geometry.USER_START + 3 * PAGE;
        assertThat(space.munmap(hole, 2 * PAGE)).isZero();
        assertThat(space.mmap(0, 2 * PAGE, Prot.READ, PRIVATE)).isEqualTo(hole);
        assertThat(space.munmap(Geometry.USER_START, PAGE)).isZero();
        assertThat(space.mmap(0, PAGE, Prot.READ, PRIVATE)).isEqualTo(Geometry.USER_START);
        assertThat(space.mmap(0, PAGE, Prot.READ, PRIVATE)).isEqualTo(-Errno.ENOMEM);
    }
}

package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.kernel.Gup;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which private mappings join: those whose pages began in one area, or of which one has no pages of its own yet
 * (anon_vma).
 */
class OriginTest extends MmTest {
    private static final long A = BASE;
    private static final long B = BASE + PAGE;
    private static final long C = BASE + 2 * PAGE;

    private void store(long address) {
        try (Cpu cpu = space.openCpu()) {
            cpu.storeByte(address, (byte) 1);
        }
    }

    private void load(long address) {
        try (Cpu cpu = space.openCpu()) {
            assertThat(cpu.loadByte(address)).isZero();
        }
    }

    private int between(LongConsumer touchA, LongConsumer touchC) {
        map(0, 1, RW, PRIVATE);
        map(2, 1, RW, PRIVATE);
        touchA.accept(A);
        touchC.accept(C);
        map(1, 1, RW, PRIVATE);
        return space.mappings();
    }

    @Test
    void whatBeganApartStaysApart() {
        assertThat(between(this::store, this::store)).isEqualTo(2);
        assertThat(space.munmap(A, PAGE)).isZero();
        assertThat(space.mappings()).as("the one between went to the one before").isEqualTo(2);
    }

    @Test
    void whatHasNoPageOfItsOwnJoins() {
        assertThat(between(this::store, address -> {
        })).isEqualTo(1);
    }

    /** A joined mapping has the origin of the one of the two that has one, and so stays apart from a third. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aJoinedMappingKeepsTheOriginOfEither(int touched) {
        map(touched, 1, RW, PRIVATE);
        store(A + (long) touched * PAGE);
        map(1 - touched, 1, RW, PRIVATE);
        assertThat(space.mappings()).isEqualTo(1);
        map(3, 1, RW, PRIVATE);
        store(BASE + 3 * PAGE);
        map(2, 1, RW, PRIVATE);
        assertThat(space.mappings()).isEqualTo(2);
    }

    @Test
    void zeroPagesAreNobodysOwn() {
        assertThat(between(this::store, this::load)).isEqualTo(1);
    }

    @Test
    void aFirstPageIsOfTheOriginOfANeighbourThatMayBecomeOne() {
        map(0, 2, RW, PRIVATE);
        assertThat(space.mprotect(A, PAGE, Prot.READ)).isZero();
        store(B);
        try (MmapGuard guard = space.readLock()) {
            assertThat(Gup.getUserPages(space, guard, A, 1, 0, null)).isEqualTo(1);
        }
        assertThat(space.mprotect(A, PAGE, RW)).isZero();
        assertThat(space.mappings()).isEqualTo(1);

        assertThat(space.mprotect(A, PAGE, Prot.NONE)).isZero();
        assertThat(space.mprotect(A, PAGE, RW)).isZero();
        assertThat(space.mappings()).isEqualTo(1);
    }

    @Test
    void neighboursThatDifferInPermissionsShareTheirOrigin() {
        map(0, 1, RW, PRIVATE);
        map(1, 1, Prot.WRITE, PRIVATE);
        store(A);
        store(B);
        assertThat(space.mprotect(B, PAGE, RW)).isZero();
        assertThat(space.mappings()).isEqualTo(1);
    }

    @Test
    void partsOfOneAreaJoinAgain() {
        map(0, 3, RW, PRIVATE);
        store(A);
        store(C);
        assertThat(space.munmap(B, PAGE)).isZero();
        map(1, 1, RW, PRIVATE);
        assertThat(space.mappings()).isEqualTo(1);
    }

    @Test
    void partsThatWereCutBeforeTheirFirstPagesDoNot() {
        map(0, 3, RW, PRIVATE);
        assertThat(space.munmap(B, PAGE)).isZero();
        store(A);
        store(C);
        map(1, 1, RW, PRIVATE);
        assertThat(space.mappings()).isEqualTo(2);
    }

    /** A first access that stores brings the copy at once, without an entry for the object's page before it. */
    @Test
    void copiesThatAreMadeByTheFirstAccessHaveAnOriginToo() {
        try (SharedMemory object = SharedMemory.create(memory, 3 * PAGE)) {
            for (long at : new long[]{A, C, B}) {
                assertThat(space.mmap(at, PAGE, RW, MapFlags.PRIVATE | MapFlags.FIXED, object, (at - A) / PAGE))
                        .isEqualTo(at);
                if (at != B) {
                    store(at);
                }
            }
            assertThat(space.mappings()).isEqualTo(2);
            assertThat(space.munmap(A, 3 * PAGE)).isZero();
        }
    }

    @Test
    void copiesOfAnObjectHaveAnOriginToo() {
        try (SharedMemory object = SharedMemory.create(memory, 3 * PAGE)) {
            for (long at : new long[]{A, C}) {
                assertThat(space.mmap(at, PAGE, RW, MapFlags.PRIVATE | MapFlags.FIXED, object, (at - A) / PAGE))
                        .isEqualTo(at);
                load(at);
            }
            assertThat(space.mmap(B, PAGE, RW, MapFlags.PRIVATE | MapFlags.FIXED, object, 1)).isEqualTo(B);
            assertThat(space.mappings()).as("only read so far").isEqualTo(1);
            assertThat(space.munmap(B, PAGE)).isZero();
            store(A);
            store(C);
            assertThat(space.mmap(B, PAGE, RW, MapFlags.PRIVATE | MapFlags.FIXED, object, 1)).isEqualTo(B);
            assertThat(space.mappings()).isEqualTo(2);
            assertThat(space.munmap(A, 3 * PAGE)).isZero();
        }
    }

    @Test
    void sharedMemoryHasNone() {
        try (SharedMemory object = SharedMemory.create(memory, 3 * PAGE)) {
            for (long at : new long[]{A, C, B}) {
                assertThat(space.mmap(at, PAGE, RW, MapFlags.SHARED | MapFlags.FIXED, object, (at - A) / PAGE))
                        .isEqualTo(at);
                store(at);
            }
            assertThat(space.mappings()).isEqualTo(1);
            assertThat(space.munmap(A, 3 * PAGE)).isZero();
        }
    }
}

package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuTest extends MmTest {
    private static final long SEED = 4711;
    private Cpu cpu;

    @BeforeEach
    void openCpu() {
        cpu = space.openCpu();
        map(0, 8, RW, PRIVATE);
    }

    @AfterEach
    void closeCpu() {
        cpu.close();
    }

    @Test
    void loadsReturnWhatWasStored() {
        cpu.storeByte(BASE + 1, (byte) -2);
        cpu.storeInt(BASE + 4, 0xCAFE_BABE);
        cpu.storeLong(BASE + PAGE - 8, Long.MIN_VALUE + 5);
        assertThat(cpu.loadByte(BASE + 1)).isEqualTo((byte) -2);
        assertThat(cpu.loadInt(BASE + 4)).isEqualTo(0xCAFE_BABE);
        assertThat(cpu.loadLong(BASE + PAGE - 8)).isEqualTo(Long.MIN_VALUE + 5);
        assertThat(cpu.compareAndSetLong(BASE + 8, 0, 3)).isTrue();
        assertThat(cpu.compareAndSetLong(BASE + 8, 0, 4)).isFalse();
        assertThat(cpu.loadLong(BASE + 8)).isEqualTo(3);
    }

    @Test
    void bulkCopiesCrossPagesAndTables() {
        Random random = new Random(SEED);
        for (int round = 0; round < 50; round++) {
            int offset = random.nextInt(3 * PAGE);
            byte[] data = new byte[random.nextInt(4 * PAGE)];
            random.nextBytes(data);
            cpu.copyIn(BASE + offset, data, 0, data.length);
            byte[] back = new byte[data.length + 2];
            cpu.copyOut(BASE + offset, back, 1, data.length);
            assertThat(Arrays.copyOfRange(back, 1, back.length - 1)).as("seed %d", SEED).isEqualTo(data);
            assertThat(back[0]).isZero();
            assertThat(back[back.length - 1]).isZero();
        }
        cpu.fill(BASE + 10, 2L * PAGE, (byte) 9);
        assertThat(cpu.loadByte(BASE + 10)).isEqualTo((byte) 9);
        assertThat(cpu.loadByte(BASE + 9 + 2L * PAGE)).isEqualTo((byte) 9);
    }

    @Test
    void aBulkCopyStopsAtTheFirstPageItMayNotTouch() {
        byte[] data = new byte[10 * PAGE];
        Arrays.fill(data, (byte) 5);
        assertThatThrownBy(() -> cpu.copyIn(BASE, data, 0, data.length)).isInstanceOfSatisfying(SegmentationFault.class,
                fault -> assertThat(fault.address()).isEqualTo(BASE + 8L * PAGE));
        assertThat(cpu.loadByte(BASE + 8L * PAGE - 1)).isEqualTo((byte) 5);
        assertThatThrownBy(() -> cpu.copyOut(BASE + 7L * PAGE, data, 0, 2 * PAGE))
                .isInstanceOf(SegmentationFault.class);
    }

    /** Lengths that an int does not hold: a fill goes up to the end of what is mapped, and the Cpu stays usable. */
    @ParameterizedTest
    @ValueSource(longs = {1L << 31, (1L << 31) + 8, (1L << 32) - 1, Long.MAX_VALUE})
    void aFillOf2GiBAndMore(long bytes) {
        long end = BASE + 8L * PAGE;
        assertThatThrownBy(() -> cpu.fill(end - PAGE - 5, bytes, (byte) 7))
                .isInstanceOfSatisfying(SegmentationFault.class, fault -> assertThat(fault.address()).isEqualTo(end));
        assertThat(cpu.loadByte(end - PAGE - 6)).isZero();
        assertThat(cpu.loadByte(end - PAGE - 5)).isEqualTo((byte) 7);
        assertThat(cpu.loadByte(end - 1)).isEqualTo((byte) 7);
    }

    @Test
    void badArgumentsAreNamed() {
        assertThatThrownBy(() -> cpu.loadInt(BASE + 2)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0x" + Long.toHexString(BASE + 2)).hasMessageContaining("4");
        assertThatThrownBy(() -> cpu.storeLong(BASE + 4, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cpu.compareAndSetLong(BASE + 1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> cpu.copyIn(BASE, new byte[4], 2, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cpu.copyOut(BASE, new byte[4], -1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> cpu.fill(BASE, -1, (byte) 0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
        cpu.copyIn(-1, new byte[0], 0, 0);
        cpu.fill(-1, 0, (byte) 1);
    }

    /** The bits that an access wants are set in the entry, and the access goes on without a fault. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEntryWithoutItsBitsIsNoMiss(boolean write) {
        cpu.storeLong(BASE, 5);
        long spot = PageTables.lowest(core, space.mm().root(), BASE);
        long at = Spot.entryAddress(core, spot, BASE);
        long bare = Entries.load(at) & ~(Entry.ACCESSED | Entry.DIRTY);
        for (long found : new long[]{bare, bare | Entry.SOFT_DIRTY}) { // as it is, and as it was a moment ago
            Entries.store(at, bare);
            assertThat(cpu.access(at, found, Geometry.PTE, BASE + 16, write))
                    .isEqualTo(core.frameAddress(Entry.pfn(bare)) + 16);
            assertThat(Entries.load(at))
                    .isEqualTo(bare | Entry.ACCESSED | (write ? Entry.DIRTY : 0));
        }
    }

    /** The first frame that the memory does not have, as well as all behind it. */
    @Test
    void anEntryOfNoFrameIsNamed() {
        for (long pfn : new long[]{core.frames(), core.frames() + 1, Entry.pfn(Entry.POISON)}) {
            long entry = Entry.make(pfn, Entry.PRESENT | Entry.USER | Entry.WRITE | Entry.ACCESSED | Entry.DIRTY);
            assertThatThrownBy(() -> cpu.access(0, entry, Geometry.PTE, BASE, true))
                    .isInstanceOf(MemoryModelError.class).hasMessageEndingWith("an entry names frame " + pfn);
        }
    }

    @Test
    void aClosedCpuSaysSo() {
        cpu.close();
        cpu.close();
        assertThatThrownBy(() -> cpu.loadByte(BASE)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void afterTheMemoryIsClosedACpuSaysSo() {
        space.close();
        memory.close();
        assertThatThrownBy(() -> cpu.loadByte(BASE)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        memory = PhysicalMemory.open(options());
        space = AddressSpace.create(memory);
    }

    /** Two threads on one Cpu: one of them is told, and the slot is whole afterwards. */
    @Test
    @Timeout(120)
    void concurrentUseIsDetected() throws Exception {
        byte[] data = new byte[8 * PAGE];
        AtomicReference<Throwable> seen = new AtomicReference<>();
        CyclicBarrier start = new CyclicBarrier(2);
        Thread[] threads = new Thread[2];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                try {
                    start.await();
                    while (seen.get() == null) { // sooner or later one is interrupted by the system in the middle
                        cpu.copyIn(BASE, data, 0, data.length);
                    }
                } catch (Exception e) {
                    seen.compareAndSet(null, e);
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(seen.get()).isInstanceOf(IllegalStateException.class).hasMessageContaining("two threads");
        cpu.storeByte(BASE, (byte) 1);
    }
}

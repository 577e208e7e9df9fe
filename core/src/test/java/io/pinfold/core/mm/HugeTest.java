package io.pinfold.core.mm;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.pgtable.Geometry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A memory with an address space that maps huge leaves wherever they fit, and a processor. */
abstract class HugeTest extends MmTest {
    static final long BYTES = Geometry.levelBytes(Geometry.PMD);
    static final int PAGES = Geometry.ENTRIES;
    static final long HUGE = 3 * BYTES;

    Cpu cpu;

    @Override
    MemoryOptions options() {
        return MemoryOptions.ofRam(32L << 20).withMovableBytes(12L << 20);
    }

    @BeforeEach
    void openCpu() {
        cpu = space.openCpu();
        space.setThpPolicy(ThpPolicy.ALWAYS);
    }

    @AfterEach
    void closeCpu() {
        assertReferencesMatchMappings(memory);
        cpu.close();
        space.close();
        boolean unused = memory.shrinkHugeZero();
    }

    /** Maps {@code areas} areas of a PMD leaf from {@link #HUGE} on. */
    void map(int areas) {
        assertThat(space.mmap(HUGE, areas * BYTES, RW, PRIVATE | MapFlags.FIXED)).isEqualTo(HUGE);
    }
}

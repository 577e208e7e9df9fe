package io.pinfold.hwmodel.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What 6.18 gives back of the pins of registered buffers: all but one of each large folio, added up ring by ring. */
class MergedPinsTest {
    private static final int PAGE = Scratch.PAGE_BYTES;
    private static final int FOLIO = Side.HUGE_PAGES;

    private final MergedPins merged = new MergedPins();
    private final List<PageBatch<Hold.Pin>> held = new ArrayList<>();
    private PhysicalMemory memory;
    private AddressSpace space;
    private long address;

    /** Two large folios, and behind them small pages. */
    @BeforeEach
    void open() {
        memory = PhysicalMemory.open(MemoryOptions.ofRam(32L << 20));
        space = AddressSpace.create(memory);
        address = 64L * FOLIO * PAGE;
        long bytes = 2L * FOLIO * PAGE;
        int flags = MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED;
        assertThat(space.mmap(address, bytes, Prot.READ_WRITE, flags)).isEqualTo(address);
        assertThat(space.madvise(address, bytes, AddressSpace.MADV_HUGEPAGE)).isZero();
        assertThat(space.mmap(address + bytes, 2L * PAGE, Prot.READ_WRITE, flags)).isPositive();
        assertThat(space.madvise(address + bytes, 2L * PAGE, AddressSpace.MADV_NOHUGEPAGE)).isZero();
    }

    @AfterEach
    void close() {
        held.forEach(batch -> {
            memory.unpinUserPages(batch);
            batch.close();
        });
        space.close();
        memory.close();
    }

    private void register(int ring, int page, int pages) {
        PageBatch<Hold.Pin> batch = memory.newPageBatch(pages);
        assertThat(space.pinUserPagesUnlocked(address + (long) page * PAGE, pages, GupOptions.WRITE, batch))
                .isEqualTo(pages);
        held.add(batch);
        merged.registered(ring, batch, memory);
    }

    private long givenBack() {
        return merged.of(memory.vmStat()).released();
    }

    @Test
    void eachBufferOfARingCounts() {
        register(0, 0, 4);
        assertThat(givenBack()).isEqualTo(3);
        register(0, 8, 6);
        assertThat(givenBack()).isEqualTo(3 + 5);
        register(1, 20, 2);
        assertThat(givenBack()).isEqualTo(3 + 5 + 1);
        merged.unregistered(0);
        assertThat(givenBack()).as("the other ring's stay").isEqualTo(1);
        register(0, 30, 3);
        assertThat(givenBack()).isEqualTo(1 + 2);
    }

    @Test
    void aBufferOfTwoFoliosKeepsAPinOfEach() {
        register(2, FOLIO - 3, 5);
        assertThat(givenBack()).isEqualTo(3);
    }

    @Test
    void whatEndsInSmallPagesIsNotMerged() {
        register(0, 2 * FOLIO - 1, 2);
        register(0, 2 * FOLIO, 2);
        assertThat(givenBack()).isZero();
        assertThat(merged.of(memory.vmStat()).acquired()).isEqualTo(4);
    }
}

package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.fastpath.GupSession;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy with long-term pins opens its memory without MOVABLE; these tests show the reason. */
class LongtermZoneTest {

    @TempDir
    Path directory;

    private static int pinTouchedPages(MemoryOptions options) {
        try (PhysicalMemory memory = PhysicalMemory.open(options);
                AddressSpace space = AddressSpace.create(memory);
                Cpu cpu = space.openCpu();
                GupSession session = GupSession.open(memory);
                PageBatch<Hold.Pin> batch = memory.newPageBatch(4)) {
            long at = space.mmap(0, 4 * 4096, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
            cpu.fill(at, 4 * 4096, (byte) 1);
            int n = session.pinUserPagesFast(space, at, 4, GupOptions.WRITE.longTerm(), batch);
            if (n > 0) {
                memory.unpinUserPages(batch);
            }
            return n;
        }
    }

    @Test
    void aPagePresentInMovableMemoryIsRefused() {
        MemoryOptions ram = MemoryOptions.ofRam(64 << 20);
        assertThat(pinTouchedPages(ram)).isEqualTo(4);
        assertThat(pinTouchedPages(ram.withMovableBytes(48 << 20))).isEqualTo(-Errno.ENOMEM);
    }

    @Test
    void theJobOpensAccordingly() {
        CopyTestFiles files = new CopyTestFiles(directory, 1);
        for (Lifetime lifetime : Lifetime.values()) {
            MemoryOptions memory = MemoryPlan.of(files.options(1, 1, lifetime, 0)).memory();
            assertThat(memory.movableBytes()).isEqualTo(lifetime == Lifetime.LONGTERM ? 0 : 48 << 20);
        }
    }
}

package example;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.PinnedRange;
import java.lang.foreign.ValueLayout;

public class Example {
    public static void main(String[] arguments) {
        try (var memory = PhysicalMemory.open(MemoryOptions.ofRam(64 << 20));
                var space = AddressSpace.create(memory);
                var cpu = space.openCpu();
                var session = GupSession.open(memory)) {
            long address = space.mmap(0, 4096, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
            cpu.storeLong(address, 42);
            try (var pin = PinnedRange.pin(session, space, address, 4096, GupOptions.WRITE)) {
                space.munmap(address, 4096); // the mapping goes, the page stays as long as it is pinned
                System.out.println("still there: " + pin.run(0).get(ValueLayout.JAVA_LONG, 0));
            }
        }
    }
}

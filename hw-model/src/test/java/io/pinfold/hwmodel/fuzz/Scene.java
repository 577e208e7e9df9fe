package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.FrameHandles;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.mm.HugetlbMemory;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SharedMemory;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.PinnedRange;
import io.pinfold.hwmodel.device.DaxFile;
import io.pinfold.hwmodel.device.ZoneDevice;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.dma.ScatterList;
import java.util.ArrayList;
import java.util.List;

/**
 * The objects that a round begins with: devices that stay, a memory whose objects are foreign, and a closed memory with
 * closed objects.
 */
final class Scene {
    private Scene() {
    }

    static void set(Actor caretaker) {
        World world = caretaker.world;
        for (DevPagemapType type : List.of(DevPagemapType.FS_DAX, DevPagemapType.GENERIC, DevPagemapType.COHERENT)) {
            world.permanent.add(ZoneDevice.plug(world.memory, type, 512));
        }
        for (Object foreign : objects(world.other)) {
            world.foreign(foreign.getClass()).add(foreign);
        }
        List<Object> doomed = objects(world.closed);
        FrameHandles handles = world.closed.handles();
        long handle = handles.allocate();
        handles.put(handle);
        world.over.add(handle ^ 1L << 60); // no life of this number in any memory
        for (Object object : doomed.reversed()) {
            try {
                if (object instanceof AutoCloseable closed) {
                    closed.close();
                } else if (object instanceof DevPagemap pagemap) {
                    pagemap.remove();
                }
            } catch (Exception e) {
                caretaker.findings.add("cannot be closed: " + object.getClass().getSimpleName(), e.toString(), e);
            }
            world.dead(object.getClass()).add(object);
        }
        world.dead(FrameHandles.class).add(handles);
        world.dead(world.closed.pagemaps().getClass()).add(world.closed.pagemaps());
        world.foreign(FrameHandles.class).add(world.other.handles());
        world.foreign(world.other.pagemaps().getClass()).add(world.other.pagemaps());
        world.closed.close();
    }

    /** Opens one object of each kind; to be closed in the opposite order. */
    private static List<Object> objects(PhysicalMemory memory) {
        List<Object> all = new ArrayList<>();
        AddressSpace space = AddressSpace.create(memory);
        all.add(space);
        all.add(space.openCpu());
        long address = space.mmap(0, 16 << 12, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
        GupSession session = GupSession.open(memory);
        all.add(session);
        all.add(GupSession.pool(memory, 2));
        all.add(PinnedRange.pinShared(session, space, address, 4096, GupOptions.READ));
        ScatterList list = new ScatterList(memory, 32);
        list.add(4, 0);
        all.add(list);
        all.add(memory.newPageBatch(16));
        all.add(memory.newExtentBatch(16));
        all.add(memory.use("a use"));
        all.add(SharedMemory.create(memory, 1 << 16));
        if (memory.ramFrames() > 4096) {
            all.add(HugetlbMemory.create(memory, 2 << 20, 1));
        }
        ZoneDevice device = ZoneDevice.plug(memory, DevPagemapType.FS_DAX, 512);
        all.add(device);
        DeviceObject object = device.openWhole(0);
        all.add(object);
        all.add(new DaxFile(device, 16));
        all.add(DmaEngine.open(memory, "an engine", 4));
        long first = memory.pagemaps().findFree(512, 512);
        all.add(memory.pagemaps().add(DevPagemapOptions.of(DevPagemapType.GENERIC, first, 512)));
        return all;
    }
}

package io.pinfold.jcstress.support;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.hwmodel.device.DaxFile;
import io.pinfold.hwmodel.device.PrivateMemory;
import io.pinfold.hwmodel.device.ZoneDevice;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Device memory that machines share: a DAX file for each, on one device, and the memory of an accelerator, to which
 * their pages can move.
 */
public final class Devices {
    /** Where a machine maps the one page of its DAX file. */
    public static final long DAX_ADDRESS = 2 * Machine.BASE;

    /** Twice as many pages as machines: a block that was freed does not go to another file at once. */
    static final int PAGES = 4096;

    private static final Map<Machine, DaxFile> FILES = new ConcurrentHashMap<>();

    private Devices() {
    }

    /** Opened by the first test that needs it. */
    private static final class Dax {
        static final ZoneDevice DEVICE = ZoneDevice.plug(Machine.memory(), DevPagemapType.FS_DAX, PAGES);
    }

    /** Opened by the first test that needs it. */
    private static final class Accelerator {
        static final PrivateMemory MEMORY = new PrivateMemory(Machine.memory(), PAGES);
    }

    /** The machine's file of one page, mapped at {@link #DAX_ADDRESS}. */
    public static DaxFile daxFile(Machine machine) {
        return FILES.computeIfAbsent(machine, key -> {
            DaxFile file = new DaxFile(Dax.DEVICE, 1);
            long mapped = key.space().mmap(DAX_ADDRESS, Machine.PAGE, Prot.READ | Prot.WRITE,
                    MapFlags.SHARED | MapFlags.FIXED, file.object(), 0);
            if (mapped != DAX_ADDRESS) {
                throw new IllegalStateException("mmap of a DAX file answered " + mapped);
            }
            return file;
        });
    }

    /** Moves a page to the accelerator: MOVED, or BUSY if it is held. */
    public static String moveThere(Machine machine, long address) {
        long pfn = Accelerator.MEMORY.moveHere(machine.space(), address);
        return pfn > 0 ? "MOVED" : pfn == -Errno.EBUSY ? "BUSY" : "ERROR_" + pfn;
    }
}

package io.pinfold.hwmodel.device;

import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory of an accelerator that the CPU cannot reach: the driver moves a process's pages there to work on them. A touch
 * by the CPU, a get or a pin brings them back (the kernel's test_hmm). Any thread.
 */
public final class PrivateMemory implements AutoCloseable {
    private final ZoneDevice device;
    private final AtomicLong broughtBack = new AtomicLong();

    /** Plugs in a device of {@code pages} pages, a multiple of {@link DevPagemaps#GRANULE_FRAMES}. */
    public PrivateMemory(PhysicalMemory memory, int pages) {
        this.device = new ZoneDevice(memory, DevPagemapType.PRIVATE, pages, 0, (devicePfn, ramPfn) -> {
            Words.copy(Bridge.core(memory).frameAddress(devicePfn), Bridge.core(memory).frameAddress(ramPfn),
                    Align.PAGE_BYTES);
            broughtBack.incrementAndGet();
            return 0;
        });
    }

    /** The device whose memory it is. */
    public ZoneDevice device() {
        return device;
    }

    /**
     * Moves the page at {@code address} to the device.
     *
     * @return the device's frame; or -ENOMEM (no idle page), or what {@link AddressSpace#migrateToDevice} refuses with:
     *         -EINVAL if the device is unplugged meanwhile
     * @throws IllegalStateException if the device is unplugged or the space is closed
     */
    public long moveHere(AddressSpace space, long address) {
        Objects.requireNonNull(space, "space");
        long pfn = device.takePageToMap();
        if (pfn < 0) {
            return pfn;
        }
        boolean isThere = false;
        try {
            int result = space.migrateToDevice(address, pfn);
            isThere = result == 0;
            return isThere ? pfn : result;
        } finally {
            if (!isThere) {
                device.giveBackUnmapped(pfn);
            }
        }
    }

    /** The number of pages that were brought back to RAM. */
    public long broughtBack() {
        return broughtBack.get();
    }

    /**
     * Unplugs the device: waits until every page that is there was brought back or unmapped. A second call does
     * nothing.
     */
    @Override
    public void close() {
        device.unplug();
    }
}

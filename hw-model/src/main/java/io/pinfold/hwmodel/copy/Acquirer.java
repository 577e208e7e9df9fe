package io.pinfold.hwmodel.copy;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.fastpath.GupSession;
import io.pinfold.hwmodel.dma.Frames;

/** Acquires and releases a window's frames, as the job's {@link Lifetime} requires. Copier's thread only. */
final class Acquirer {
    private static final GupOptions LONG_TERM = GupOptions.WRITE.longTerm();

    private final PhysicalMemory memory;
    private final AddressSpace user;
    private final GupSession session;
    private final Cpu cpu;
    private final Lifetime lifetime;
    private long gets;

    Acquirer(PhysicalMemory memory, AddressSpace user, GupSession session, Cpu cpu, Lifetime lifetime) {
        this.memory = memory;
        this.user = user;
        this.session = session;
        this.cpu = cpu;
        this.lifetime = lifetime;
    }

    /**
     * Tries to hold all pages of the window's chunk for writing and lists them.
     *
     * @return pages held: all of them, or fewer (then call {@link #release}), or a negative errno with nothing held
     */
    int acquire(Window window) {
        int pages = window.pages();
        int n = switch (lifetime) {
            case PIN -> session.pinUserPagesFast(user, window.address, pages, GupOptions.WRITE, window.pins);
            case LONGTERM -> session.pinUserPagesFast(user, window.address, pages, LONG_TERM, window.pins);
            case GET -> get(window, pages);
            case NONE -> believe(window, pages);
        };
        if (n == pages && lifetime != Lifetime.NONE) {
            window.frames.clear();
            window.frames.addHeld(lifetime == Lifetime.GET ? window.gets : window.pins);
        }
        return n;
    }

    private int get(Window window, int pages) {
        int n = session.getUserPagesFast(user, window.address, pages, GupOptions.WRITE, window.gets);
        gets += Math.max(n, 0);
        return n;
    }

    /**
     * Lists frame numbers without references. The second walk checks that number and generation belong together: they
     * do if the page is still mapped after the generation was read.
     */
    private int believe(Window window, int pages) {
        window.frames.clear();
        for (int page = 0; page < pages; page++) {
            long address = window.address + ((long) page << 12);
            try {
                cpu.storeLong(address, 0);
            } catch (SegmentationFault e) {
                return page > 0 ? page : -Errno.EFAULT;
            }
            long pfn = user.frameAt(address);
            if (pfn == 0) {
                return page > 0 ? page : -Errno.EFAULT;
            }
            int generation = Frames.generation(memory, pfn);
            if (user.frameAt(address) != pfn) {
                return page > 0 ? page : -Errno.EFAULT;
            }
            window.frames.add(pfn, generation);
        }
        return pages;
    }

    /** Counts the pages of the window's chunk whose addresses no longer map the frame in flight. */
    int takenAway(Window window) {
        int taken = 0;
        for (int page = 0; page < window.frames.frames(); page++) {
            if (user.frameAt(window.address + ((long) page << 12)) != window.frames.pfn(page)) {
                taken++;
            }
        }
        return taken;
    }

    /** Releases what {@link #acquire} got; {@code written} marks the pages dirty. */
    void release(Window window, boolean written) {
        switch (lifetime) {
            case PIN, LONGTERM -> memory.unpinUserPagesDirtyLock(window.pins, written);
            case GET -> memory.putPages(window.gets);
            case NONE -> {
                // nothing is held
            }
        }
    }

    /** Plain references taken so far; the counters of the memory count pins only. */
    long gets() {
        return gets;
    }
}

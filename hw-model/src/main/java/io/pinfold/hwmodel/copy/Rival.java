package io.pinfold.hwmodel.copy;

import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SegmentationFault;
import java.util.SplittableRandom;

/**
 * A thread that works on the addresses in flight. Its seeded choices:
 * <ul>
 * <li>a turn: enter a window's gate, replace the whole window, store junk into it (see {@link RivalGate} for why that
 * is sound);
 * <li>a raid: at any time, gate or not, unmap a window, map it anew, discard its pages, or take its permissions away
 * and give them back. A raid can run during the pin itself and make it short, refused, or rolled back;
 * <li>a churn: give all pages of an address space of its own back and touch as many again, so that a freed frame has a
 * new owner at once. The pages carry stamps, which are checked before the pages are given back: a transfer into a frame
 * that has a new owner damages them.
 * </ul>
 */
final class Rival implements Runnable {

    private static final int ANONYMOUS = MapFlags.PRIVATE | MapFlags.ANONYMOUS;

    private final Rivals rivals;
    private final AddressSpace user;
    private final Cpu userCpu;
    private final AddressSpace own;
    private final Cpu ownCpu;
    private final long scratch;
    private final long[] stamps;
    private final SplittableRandom random;
    /** Whether the rival is about to park; read by the copier. */
    volatile boolean isWaiting;

    private long turns;
    private long raids;
    private long churns;
    private long faults;
    private long outOfMemory;
    private long damagedPages;

    Rival(Rivals rivals, PhysicalMemory memory, AddressSpace user, int scratchPages, long seed) {
        this.rivals = rivals;
        this.user = user;
        random = new SplittableRandom(seed);
        stamps = new long[scratchPages];
        userCpu = user.openCpu();
        own = AddressSpace.create(memory);
        ownCpu = own.openCpu();
        scratch = own.mmap(0, scratchBytes(), Prot.READ_WRITE, ANONYMOUS);
        if (scratch < 0) {
            throw new CopyRefusedException("no address range for a rival: errno " + -scratch);
        }
    }

    private long scratchBytes() {
        return (long) stamps.length << 12;
    }

    @Override
    public void run() {
        long seen = -1;
        try {
            while (!rivals.stopping()) {
                Window wanted = rivals.wanted(random.nextInt(rivals.windows()));
                if (wanted != null) {
                    turn(wanted);
                    continue;
                }
                long now = rivals.beats();
                if (now == seen) {
                    rivals.awaitBeat(this, seen);
                } else {
                    seen = now;
                    mischief();
                }
            }
            checkStamps();
        } catch (Throwable e) { // an Error, too: otherwise the copier would wait for the turn of a dead rival
            rivals.failed(e);
        }
    }

    private void mischief() {
        Window window = rivals.window(random.nextInt(rivals.windows()));
        switch (random.nextInt(8)) {
            case 0, 1 -> raid(window);
            case 2, 3 -> turn(window);
            default -> churn();
        }
    }

    private void turn(Window window) {
        if (!window.gate.enter()) {
            return;
        }
        boolean replaced = false;
        try {
            switch (random.nextInt(3)) {
                case 0 -> replaced = map(window);
                case 1 -> {
                    user.munmap(window.address, window.windowBytes());
                    replaced = map(window);
                }
                default -> replaced = discard(window) || map(window);
            }
            if (replaced) {
                turns++;
                storeJunk(window);
            }
        } finally {
            window.gate.leave(replaced);
            rivals.wakeCopier();
        }
    }

    private boolean map(Window window) {
        long at = user.mmap(window.address, window.windowBytes(), Prot.READ_WRITE, ANONYMOUS | MapFlags.FIXED);
        return at == window.address;
    }

    /**
     * Discards all pages of a window. True if all entries of the window were cleared; false when a part of it is not
     * mapped.
     */
    private boolean discard(Window window) {
        return user.madvise(window.address, window.windowBytes(), AddressSpace.MADV_DONTNEED) == 0;
    }

    private void storeJunk(Window window) {
        for (int page = 0; page < window.capacityPages; page++) {
            try {
                userCpu.storeLong(window.address + ((long) page << 12), random.nextLong());
            } catch (SegmentationFault e) {
                faults++;
                return; // another rival unmapped the window meanwhile
            } catch (OutOfFramesException e) {
                outOfMemory++;
                return;
            }
        }
    }

    /** Raids all of a window, or a few pages of it: then a pin finds some pages and not others, and is short. */
    private void raid(Window window) {
        raids++;
        int first = random.nextBoolean() ? 0 : random.nextInt(window.capacityPages);
        int pages = first == 0 ? window.capacityPages : 1 + random.nextInt(window.capacityPages - first);
        long address = window.address + ((long) first << 12);
        long bytes = (long) pages << 12;
        switch (random.nextInt(5)) {
            case 0 -> user.munmap(address, bytes);
            case 1 -> user.mmap(address, bytes, Prot.READ_WRITE, ANONYMOUS | MapFlags.FIXED);
            case 2 -> user.madvise(address, bytes, AddressSpace.MADV_DONTNEED);
            case 3 -> protect(address, bytes, Prot.READ);
            default -> protect(address, bytes, Prot.NONE);
        }
    }

    /**
     * Takes the permissions away and gives them back. The results are not checked: another rival may have unmapped the
     * range meanwhile, which disturbs the pin as well.
     */
    private void protect(long address, long bytes, int prot) {
        user.mprotect(address, bytes, prot);
        user.mprotect(address, bytes, Prot.READ_WRITE);
    }

    /** The thread of the rival; before it starts, the one that will start it. */
    void churn() {
        churns++;
        checkStamps();
        if (own.mmap(scratch, scratchBytes(), Prot.READ_WRITE, ANONYMOUS | MapFlags.FIXED) != scratch) {
            outOfMemory++;
            return;
        }
        for (int page = 0; page < stamps.length; page++) {
            long stamp = random.nextLong() | 1;
            try {
                ownCpu.storeLong(scratch + ((long) page << 12), stamp);
                stamps[page] = stamp;
            } catch (OutOfFramesException e) {
                outOfMemory++;
                return;
            }
        }
    }

    /** Clears the stamps that it compared; 0 marks a page without a stamp. */
    private void checkStamps() {
        for (int page = 0; page < stamps.length; page++) {
            if (stamps[page] != 0 && ownCpu.loadLong(scratch + ((long) page << 12)) != stamps[page]) {
                damagedPages++;
            }
            stamps[page] = 0;
        }
    }

    RivalStats stats() {
        return new RivalStats(turns, raids, churns, faults, outOfMemory, damagedPages);
    }

    /** The counts, exact after its thread has ended. */
    void close() {
        userCpu.close();
        ownCpu.close();
        own.close();
    }
}

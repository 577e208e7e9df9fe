package io.pinfold.core.mm.space;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.frame.Use;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.ControlMemory;
import io.pinfold.core.words.SharedMutex;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * The ground of an address space (mm_struct): its memory, number, root table, lock and mappings. All packages of
 * core.mm work on it; users have the {@code AddressSpace} around it.
 */
public final class Mm {
    private final MemoryCore memory;
    private final long id;
    private final Use use;
    /** Keeps the control block mapped as long as this object is reachable. */
    private final MemorySegment controlBlock;
    private final long controlNumber;
    private final PageReturn pageReturn;
    private final SharedMutex mmapLock = new SharedMutex("mmap_lock of an address space");
    private final FaultLocks faultLocks = new FaultLocks();
    private final VmaMap vmas = new VmaMap();
    /** Guarded by mmap_lock; 0 = closed. The same number as the control block's ROOT. */
    private long root;
    /** Written under mmap_lock held exclusively. */
    private volatile ThpPolicy thpPolicy = ThpPolicy.MADVISE;
    /** Guarded by mmap_lock. */
    private int folioOrder;
    /** Guarded by mmap_lock held exclusively. */
    private long vmaNumber;

    private Mm(MemoryCore memory, long id, Use use, MemorySegment controlBlock, PageReturn pageReturn) {
        this.memory = memory;
        this.id = id;
        this.use = use;
        this.controlBlock = controlBlock;
        this.controlNumber = Align.wordNumber(controlBlock.address());
        this.pageReturn = pageReturn;
    }

    /**
     * The ground of a new, empty address space. While it is open the memory cannot be closed.
     *
     * @param pageReturn brings pages back that are in memory of a device
     * @throws io.pinfold.core.gup.MemoryClosedException if the memory is closed
     * @throws OutOfFramesException  if there is no frame for the root table
     */
    public static Mm create(MemoryCore memory, PageReturn pageReturn) {
        StackRoom.forCall();
        long id = memory.nextId();
        MemorySegment block = ControlMemory.allocate(Arena.ofAuto(), "control block of an address space",
                MmControl.BYTES, MmControl.BYTES);
        Words.setLongRelease(block.address() + MmControl.ID, id);
        Use use = memory.use("address space " + id);
        boolean isMade = false;
        try {
            Mm made = new Mm(memory, id, use, block, pageReturn);
            made.takeFrameForRoot(); // last: it would have to be given back
            isMade = true;
            return made;
        } finally {
            if (!isMade) {
                use.close();
            }
        }
    }

    private void takeFrameForRoot() {
        long frame = PageTables.allocateRoot(memory, id);
        if (frame < 0) {
            throw new OutOfFramesException("no frame for the root table of a new address space");
        }
        root = frame;
        Words.setLongVolatile(control() + MmControl.ROOT, frame); // INSTALL2: publishes the zeroed root
    }

    public MemoryCore memory() {
        return memory;
    }

    /** Never used again for another space of this memory. */
    public long id() {
        return id;
    }

    /** Address of the {@link MmControl} block; it is mapped as long as this object is reachable. */
    public long control() {
        return Align.wordAddress(controlNumber);
    }

    /** The mappings; mmap_lock is held. */
    public VmaMap vmas() {
        return vmas;
    }

    /** Frame of the root table, 0 when closed; mmap_lock is held. */
    public long root() {
        return root;
    }

    /** Brings back pages whose entries name a place in memory of a device. */
    public PageReturn pageReturn() {
        return pageReturn;
    }

    FaultLocks faultLocks() {
        return faultLocks;
    }

    // ---- lock ----------------------------------------------------------------------------------------------------

    /** Takes mmap_lock shared; throws if the space is closed, and then does not hold it. */
    public long lockShared() {
        return checked(mmapLock.lockShared());
    }

    /** Takes mmap_lock exclusively; throws if the space is closed, and then does not hold it. */
    public long lockExclusive() {
        return checked(mmapLock.lockExclusive());
    }

    /** Takes mmap_lock shared; 0, and not held, if the space is closed. */
    public long lockSharedIfOpen() {
        long stamp = mmapLock.lockShared();
        if (root == 0) {
            mmapLock.unlock(stamp);
            return 0;
        }
        return stamp;
    }

    /** Takes mmap_lock exclusively, open or closed. */
    public long lockToClose() {
        return mmapLock.lockExclusive();
    }

    /** Releases mmap_lock. */
    public void unlock(long stamp) {
        mmapLock.unlock(stamp);
    }

    private long checked(long stamp) {
        if (root == 0) {
            mmapLock.unlock(stamp);
            throw new MisuseException("address space " + id + " is closed");
        }
        return stamp;
    }

    // ---- what faults read -----------------------------------------------------------------------------------------

    /** When anonymous memory is mapped by huge leaves. */
    public ThpPolicy thpPolicy() {
        return thpPolicy;
    }

    /** mmap_lock is held exclusively. */
    public void setThpPolicy(ThpPolicy policy) {
        thpPolicy = policy;
    }

    /** Order of the folios that a store brings at most; mmap_lock is held. */
    public int folioOrder() {
        return folioOrder;
    }

    /** mmap_lock is held exclusively. */
    public void setFolioOrder(int order) {
        folioOrder = order;
    }

    /** A number that no other {@link Vma} has or had; mmap_lock is held exclusively. From 1 on. */
    long nextVmaNumber() {
        return ++vmaNumber;
    }

    /** The huge zero page, with this space counted as a user until it is closed; or -ENOMEM. mmap_lock is held. */
    public long useHugeZero() {
        long flags = control() + MmControl.MM_FLAGS;
        if ((Words.getLongVolatile(flags) & MmControl.HAS_HUGE_ZERO) != 0) {
            return memory.hugeZero().pfn();
        }
        long pfn = memory.hugeZero().use();
        if (pfn > 0 && (Words.getAndBitwiseOrLong(flags, MmControl.HAS_HUGE_ZERO) & MmControl.HAS_HUGE_ZERO) != 0) {
            memory.hugeZero().unuse(); // another thread of this space was first
        }
        return pfn;
    }

    // ---- end -----------------------------------------------------------------------------------------------------

    /**
     * Takes the space out of the users of the huge zero page, once it maps nothing any more; mmap_lock is held
     * exclusively.
     */
    public void unuseHugeZero() {
        long flags = control() + MmControl.MM_FLAGS;
        if ((Words.getAndBitwiseAndLong(flags, ~MmControl.HAS_HUGE_ZERO) & MmControl.HAS_HUGE_ZERO) != 0) {
            memory.hugeZero().unuse();
        }
    }

    /** Takes the root away, so that walkers find none; returns the old root. mmap_lock is held exclusively. */
    public long takeRoot() {
        long old = Words.getAndSetLong(control() + MmControl.ROOT, 0); // RETIRE1 for the root
        root = 0;
        return old;
    }

    /** Whether the root is gone; true is final. Without a lock. */
    public boolean isClosed() {
        boolean isClosed = Words.getLongVolatile(control() + MmControl.ROOT) == 0;
        Reference.reachabilityFence(this);
        return isClosed;
    }

    /** Ends the use that keeps the memory open: the last step of the space's end. */
    public void endUse() {
        use.close();
    }

    @Override
    public String toString() {
        return "address space " + id + " with control block at 0x" + Long.toHexString(controlBlock.address());
    }
}

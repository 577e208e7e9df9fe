package io.pinfold.core.mm;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.fault.Faults;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.mm.space.Vma;
import io.pinfold.core.mm.space.VmaOperations;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.StackRoom;
import io.pinfold.core.words.Words;
import java.lang.ref.Reference;
import java.util.Objects;

/**
 * A processor that works in an address space: loads and stores go through the page tables, set accessed and dirty bits,
 * and fault where nothing is mapped. What a thread of the process would do.
 *
 * <p>Every access is one round: enter the slot, walk, set the bits, access, leave; on a miss leave, fault, try again.
 * Bulk copies take a round per page and are not atomic. An address whose mapping is taken away meanwhile is accessed
 * before that or after it: the call that takes it away waits for accesses that began before. Steps CPU1 to CPU5 of that
 * protocol, CPU vs MUTATOR, are named here; the class of the flush states it.
 *
 * <p>Ints and longs must be aligned; loads of them acquire, stores release, compareAndSet is volatile; bytes and bulk
 * copies are plain. One thread at a time, it may be handed over; concurrent use throws.
 *
 * <p>Errors of all accesses: {@link SegmentationFault} where the address is not mapped with that permission,
 * {@link OutOfFramesException} when a fault finds no frame, {@link MisuseException} when the space, the memory or this
 * processor is closed.
 */
public final class Cpu implements AutoCloseable {
    private static final long MISS = 0;
    /**
     * Rounds after which a fault and the access are done under mmap_lock: mappings then cannot be taken away in
     * between.
     */
    private static final int ROUNDS_UNLOCKED = 64;
    /** Rounds after which something must be wrong: even under mmap_lock the entry does not stay. */
    private static final int ROUNDS_MAX = 1 << 20;

    private final AddressSpace space;
    private final SharedSlot slot;
    private final long control;
    private final long frameBasePage;
    private final long frames;

    Cpu(AddressSpace space, SharedSlot slot) {
        this.space = space;
        this.slot = slot;
        this.control = space.mm().control();
        MemoryCore memory = space.mm().memory();
        this.frameBasePage = memory.frameBasePage();
        this.frames = memory.frames();
    }

    /** {@return the space it works in} */
    public AddressSpace space() {
        return space;
    }

    /**
     * Loads a byte, plainly. Errors as in the class comment.
     *
     * @param address address in the space
     * @return what is there
     */
    public byte loadByte(long address) {
        long at = begin(address, 1, false);
        try {
            return Words.getByte(at); // CPU4
        } finally {
            end();
        }
    }

    /**
     * Stores a byte, plainly. Errors as in the class comment.
     *
     * @param address address in the space
     * @param value what to store
     */
    public void storeByte(long address, byte value) {
        long at = begin(address, 1, true);
        try {
            Words.setByte(at, value); // CPU4
        } finally {
            end();
        }
    }

    /**
     * Loads an int, acquire. Errors as in the class comment.
     *
     * @param address address in the space, a multiple of 4
     * @return what is there
     * @throws IllegalArgumentException if the address is not a multiple of 4
     */
    public int loadInt(long address) {
        long at = begin(address, Integer.BYTES, false);
        try {
            return Words.getIntAcquire(at); // CPU4
        } finally {
            end();
        }
    }

    /**
     * Stores an int, release. Errors as in the class comment.
     *
     * @param address address in the space, a multiple of 4
     * @param value what to store
     * @throws IllegalArgumentException if the address is not a multiple of 4
     */
    public void storeInt(long address, int value) {
        long at = begin(address, Integer.BYTES, true);
        try {
            Words.setIntRelease(at, value); // CPU4
        } finally {
            end();
        }
    }

    /**
     * Loads a long, acquire. Errors as in the class comment.
     *
     * @param address address in the space, a multiple of 8
     * @return what is there
     * @throws IllegalArgumentException if the address is not a multiple of 8
     */
    public long loadLong(long address) {
        long at = begin(address, Long.BYTES, false);
        try {
            return Words.getLongAcquire(at); // CPU4
        } finally {
            end();
        }
    }

    /**
     * Stores a long, release. Errors as in the class comment.
     *
     * @param address address in the space, a multiple of 8
     * @param value what to store
     * @throws IllegalArgumentException if the address is not a multiple of 8
     */
    public void storeLong(long address, long value) {
        long at = begin(address, Long.BYTES, true);
        try {
            Words.setLongRelease(at, value); // CPU4
        } finally {
            end();
        }
    }

    /**
     * Stores {@code next} if {@code expected} is there, volatile. A write even if it is not: the page must be
     * writable. Errors as in the class comment.
     *
     * @param address address in the space, a multiple of 8
     * @param expected the value to find
     * @param next the value to store
     * @return whether it was there
     * @throws IllegalArgumentException if the address is not a multiple of 8
     */
    public boolean compareAndSetLong(long address, long expected, long next) {
        long at = begin(address, Long.BYTES, true);
        try {
            return Words.compareAndSetLong(at, expected, next); // CPU4
        } finally {
            end();
        }
    }

    /**
     * Stores {@code bytes} bytes from {@code source}. After an exception the pages before the fault are written.
     *
     * @param address first address to store to, any alignment
     * @param source where the bytes come from
     * @param offset index of the first one in {@code source}
     * @param bytes how many, 0 or more
     * @throws IndexOutOfBoundsException if the array does not have these bytes
     */
    public void copyIn(long address, byte[] source, int offset, int bytes) {
        Objects.checkFromIndexSize(offset, bytes, Objects.requireNonNull(source, "source").length);
        int done = 0;
        while (done < bytes) {
            int part = inPage(address + done, bytes - done);
            long at = begin(address + done, 1, true);
            try {
                Words.copyIn(source, offset + done, at, part); // CPU4
            } finally {
                end();
            }
            done += part;
        }
    }

    /**
     * Loads {@code bytes} bytes into {@code target}. After an exception the bytes of the pages before the fault are
     * there.
     *
     * @param address first address to load from, any alignment
     * @param target where the bytes go
     * @param offset index of the first one in {@code target}
     * @param bytes how many, 0 or more
     * @throws IndexOutOfBoundsException if the array does not have these bytes
     */
    public void copyOut(long address, byte[] target, int offset, int bytes) {
        Objects.checkFromIndexSize(offset, bytes, Objects.requireNonNull(target, "target").length);
        int done = 0;
        while (done < bytes) {
            int part = inPage(address + done, bytes - done);
            long at = begin(address + done, 1, false);
            try {
                Words.copyOut(at, target, offset + done, part); // CPU4
            } finally {
                end();
            }
            done += part;
        }
    }

    /**
     * Stores {@code value} into {@code bytes} bytes. After an exception the pages before the fault are written.
     *
     * @param address first address to store to, any alignment
     * @param bytes how many, 0 or more
     * @param value what to store in each
     * @throws IllegalArgumentException if {@code bytes} is negative
     */
    public void fill(long address, long bytes, byte value) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes must not be negative: " + bytes);
        }
        long done = 0;
        while (done < bytes) {
            int part = inPage(address + done, bytes - done);
            long at = begin(address + done, 1, true);
            try {
                Words.fill(at, part, value); // CPU4
            } finally {
                end();
            }
            done += part;
        }
    }

    /** Gives the processor back; a second call does nothing. */
    @Override
    public void close() {
        slot.close();
    }

    private static int inPage(long address, long bytes) {
        return (int) Math.min(bytes, Geometry.PAGE_BYTES - (address & Geometry.PAGE_OFFSET_MASK));
    }

    /** Begins an access: the slot is entered and the result is where the data lies in native memory. */
    private long begin(long address, int alignment, boolean write) {
        if ((address & (alignment - 1)) != 0) {
            throw misaligned(address, alignment);
        }
        long at = tryBegin(address, write);
        return at != MISS ? at : beginAfterFault(address, write);
    }

    /** Enters the slot and walks; on a miss, and whatever is thrown, the slot is left. */
    private long tryBegin(long address, boolean write) {
        long at = MISS;
        slot.enter(); // CPU1
        try {
            at = translate(address, write);
        } finally {
            if (at == MISS) {
                slot.exit(); // CPU5: faults lock and allocate
            }
        }
        return at;
    }

    private void end() {
        slot.exit(); // CPU5
        Reference.reachabilityFence(space);
    }

    /**
     * The walk of the hardware, inside the slot: where the data of {@code address} lies, or {@link #MISS} when the
     * entry does not permit the access.
     */
    private long translate(long address, boolean write) {
        if (address < 0 || address >= Geometry.USER_END) {
            return MISS;
        }
        long table = Words.getLongVolatile(control + MmControl.ROOT);
        if (table == 0) {
            return MISS; // closed: the fault says so
        }
        int level = Geometry.ROOT;
        long at = frameAddress(table, 0) + Geometry.entryOffset(address, level);
        long entry = Entries.load(at); // CPU2 (READ1, GUARD2)
        while (level > Geometry.PTE && Entry.isTable(entry)) {
            level--;
            at = frameAddress(Entry.pfn(entry), 0) + Geometry.entryOffset(address, level);
            entry = Entries.load(at); // CPU2 (READ1, READ2, GUARD2)
        }
        return access(at, entry, level, address, write);
    }

    /**
     * The last entry of the walk, a PTE or a leaf: sets its bits and says where the data is. All others permit nothing.
     */
    long access(long at, long found, int level, long address, boolean write) {
        long entry = found;
        long wanted = write ? Entry.ACCESSED | Entry.DIRTY : Entry.ACCESSED;
        while (Entry.accessPermitted(entry, write)) {
            if ((entry & wanted) == wanted) {
                return frameAddress(Entry.pfn(entry), address & Geometry.levelBytes(level) - 1);
            }
            long seen = Entries.compareAndExchange(at, entry, entry | wanted); // CPU3 -> FLUSH1: loses against it
            entry = seen == entry ? entry | wanted : seen;
            if (level > Geometry.PTE && Entry.isTable(entry)) {
                return MISS; // the leaf was split under us: the fault finds nothing to do, and the next round descends
            }
        }
        return MISS;
    }

    private long frameAddress(long pfn, long offset) {
        if (pfn >= frames) {
            throw poisoned(pfn);
        }
        return ((frameBasePage & Align.PAGE_NUMBER_MASK) << Align.PAGE_SHIFT) + (pfn << Geometry.PAGE_SHIFT) + offset;
    }

    private long beginAfterFault(long address, boolean write) {
        for (int round = 0; round < ROUNDS_MAX; round++) {
            long at = round < ROUNDS_UNLOCKED ? faultThenBegin(address, write) : faultAndBegin(address, write);
            if (at != MISS) {
                return at;
            }
        }
        throw new MemoryModelError("no progress in " + ROUNDS_MAX + " faults at address 0x" + Long.toHexString(address)
                + " of address space " + space.id());
    }

    private long faultThenBegin(long address, boolean write) {
        StackRoom.forCall();
        long stamp = space.mm().lockShared();
        try {
            check(fault(address, write), address, write);
        } finally {
            space.mm().unlock(stamp);
        }
        return tryBegin(address, write);
    }

    /** Under mmap_lock; it may go once the slot is entered: what is taken away then waits for this slot. */
    private long faultAndBegin(long address, boolean write) {
        StackRoom.forCall();
        long stamp = space.mm().lockShared();
        try {
            check(fault(address, write), address, write);
            return tryBegin(address, write);
        } finally {
            space.mm().unlock(stamp);
        }
    }

    /** Handles a fault; mmap_lock is held. {@code VmaOperations.DONE} or a negative errno. */
    private int fault(long address, boolean write) {
        Vma vma = space.mm().vmas().find(address);
        if (vma == null || !vma.permits(write)) {
            return -Errno.EFAULT;
        }
        return Faults.handle(vma, address, write ? VmaOperations.WRITE : VmaOperations.READ, Blocks.MOVABLE_FIRST);
    }

    private void check(int result, long address, boolean write) {
        if (result == -Errno.ENOMEM) {
            throw new OutOfFramesException("address space " + space.id() + ": no frame for address 0x"
                    + Long.toHexString(address));
        }
        if (result < 0) {
            throw new SegmentationFault(space.id(), address, write);
        }
    }

    private static MemoryModelError poisoned(long pfn) {
        return new MemoryModelError("a page table was freed under a Cpu: an entry names frame " + pfn);
    }

    private static IllegalArgumentException misaligned(long address, int alignment) {
        return new IllegalArgumentException(
                "address 0x" + Long.toHexString(address) + " is not aligned to " + alignment);
    }
}

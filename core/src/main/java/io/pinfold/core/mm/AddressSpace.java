package io.pinfold.core.mm;

import static io.pinfold.core.foll.FollBits.FOLL_TOUCH;

import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.gup.OutOfFramesException;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.internal.SpaceDoor;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.anon.LargeFolios;
import io.pinfold.core.mm.device.DevicePrivate;
import io.pinfold.core.mm.slow.SlowGupCalls;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.pgtable.Spot;
import io.pinfold.core.words.StackRoom;
import java.util.Objects;

/**
 * An address space of one physical memory (mm_struct): what a process has. Mappings are made and changed with
 * {@link #mmap}, {@link #munmap}, {@link #mprotect}, {@link #madvise}; a {@link Cpu} works in them; the get and pin
 * calls hold the pages behind them. Any thread may call anything at any time unless said otherwise.
 *
 * <p>Results are those of the system calls: 0 or an address, or a negative {@link Errno}; after an error nothing has
 * changed (mprotect and madvise over a hole excepted: as in Linux the part before the hole, or around it, is done; and
 * a mapping may be two after a range that ends inside a reserved huge page was refused). Sizes are bytes and are
 * rounded up to pages. After {@link #close()} a call that would do something throws {@link MisuseException}.
 *
 * <p><b>Result of the get and pin calls.</b> Either {@code n} with 1 &lt;= n &lt;= pages: the batch holds references on
 * the first n pages of the range, and says in {@code stopReason()} why it is not more. Or a negative errno: nothing is
 * held. 0 pages asked for: 0.
 * <ul>
 * <li>-EINVAL: options that the call does not accept, a negative number of pages;
 * <li>-EFAULT: nothing is mapped at the start, or not with that permission; absent, with noFault; poisoned;
 * <li>-ENOMEM: a fault found no frame, a count is about to overflow, or longTerm met a page that must stay movable;
 * <li>-EOPNOTSUPP: longTerm met memory of a file-system DAX file;
 * <li>-EINTR: with interruptible, the thread was interrupted before the first page.
 * </ul>
 * What a driver throws in a fault reaches the caller, and then nothing is held. Null for a guard, options or a batch is
 * refused with a NullPointerException that names it, before anything is taken.
 */
@SuppressWarnings("exports") // of the superclass, which has no members for users
public final class AddressSpace extends SpaceDoor implements AutoCloseable {
    private final PhysicalMemory memory;
    private final Mm mm;

    private AddressSpace(PhysicalMemory memory, Mm mm) {
        super(mm);
        this.memory = memory;
        this.mm = mm;
    }

    /**
     * A new, empty address space. While it is open the memory cannot be closed.
     *
     * @param memory where frames and page tables come from
     * @return the space, open until {@link #close}
     * @throws MemoryClosedException if the memory is closed
     * @throws OutOfFramesException  if there is no frame for the root table
     */
    public static AddressSpace create(PhysicalMemory memory) {
        return new AddressSpace(memory, Mm.create(Bridge.core(memory), DevicePrivate::moveBack));
    }

    /** {@return the memory whose frames it maps} */
    public PhysicalMemory memory() {
        return memory;
    }

    /** {@return a number that is never used again for another space of this memory} */
    public long id() {
        return mm.id();
    }

    /**
     * Maps anonymous memory; with HUGETLB in huge pages, all of which are taken now ({@link HugetlbMemory}).
     * Kernel: mmap().
     *
     * @param address a hint, or with FIXED the place; 0 = choose
     * @param bytes   1 or more, rounded up to pages, or to huge pages
     * @param prot    {@link Prot} bits
     * @param flags   {@link MapFlags}; ANONYMOUS is needed here
     * @return the address; or -EINVAL (no bytes, unknown bits, neither or both of SHARED and PRIVATE, FIXED and
     *         misaligned or over a part of a reserved huge page, no huge pages of that size), -ENOMEM (no such stretch
     *         free, beyond user space, too many mappings, not enough free huge pages)
     * @throws MisuseException if the space is closed
     */
    public long mmap(long address, long bytes, int prot, int flags) {
        StackRoom.forCall();
        long stamp = mm.lockExclusive();
        try {
            if ((flags & MapFlags.ANONYMOUS) == 0) {
                return -Errno.EINVAL;
            }
            return Mappings.map(mm, address, bytes, prot, flags, null, 0);
        } finally {
            mm.unlock(stamp);
        }
    }

    /**
     * Maps an object from page {@code pageOffset} on: shared, or private with copy-on-write (shared memory only). The
     * range may reach beyond the object's end; touching that part faults. Kernel: mmap() of a file.
     *
     * @param address a hint, or with FIXED the place; 0 = choose
     * @param bytes 1 or more, rounded up to pages, or to huge pages
     * @param prot {@link Prot} bits
     * @param flags {@link MapFlags} without ANONYMOUS
     * @param object what to map, of the same memory
     * @param pageOffset the page of the object that comes first, 0 or more
     * @return as above; also -EINVAL for ANONYMOUS, a negative offset, or PRIVATE of device memory, -EOVERFLOW for an
     *     offset too large
     * @throws IllegalArgumentException if the object belongs to another memory
     * @throws MisuseException          if the object or the space is closed
     */
    public long mmap(long address, long bytes, int prot, int flags, MappedObject object, long pageOffset) {
        StackRoom.forCall();
        Objects.requireNonNull(object, "object is null: the mmap without an object maps anonymous memory");
        if (object.memory() != memory) {
            throw new IllegalArgumentException(
                    object + " belongs to " + object.memory() + ", address space " + mm.id() + " to " + memory);
        }
        long stamp = mm.lockExclusive();
        try {
            if ((flags & MapFlags.ANONYMOUS) != 0 || (flags & MapFlags.PRIVATE) != 0 && !object.peer().mayBePrivate()) {
                return -Errno.EINVAL;
            }
            object.peer().hold();
            try {
                return Mappings.map(mm, address, bytes, prot, flags, object.peer(), pageOffset);
            } finally {
                object.peer().unhold();
            }
        } finally {
            mm.unlock(stamp);
        }
    }

    /**
     * Takes away what is mapped in the range; holes are fine. Pages that are pinned live on without a mapping. When it
     * returns no {@link Cpu} access works with the old mapping. Kernel: munmap().
     *
     * @param address first address, a multiple of 4096
     * @param bytes length, rounded up to pages
     * @return 0, or -EINVAL (misaligned, no bytes, beyond user space, an end inside a reserved huge page), -ENOMEM
     *         (would make too many mappings)
     * @throws MisuseException if the space is closed
     */
    public int munmap(long address, long bytes) {
        StackRoom.forCall();
        long stamp = mm.lockExclusive();
        try {
            return Mappings.unmap(mm, address, bytes);
        } finally {
            mm.unlock(stamp);
        }
    }

    /**
     * Changes the protection. When it returns no {@link Cpu} access uses a permission that was taken away; pins keep
     * theirs. Where the protection is what it was, nothing is touched: no leaf is split and no mapping, so no error
     * can come of that. Kernel: mprotect().
     *
     * @param address first address, a multiple of 4096
     * @param bytes unsigned, as the kernel's; 0 changes nothing
     * @param prot  {@link Prot} bits
     * @return 0, or -EINVAL (misaligned, unknown bits, an end inside a reserved huge page), -ENOMEM (a hole, beyond
     *         user space, too many mappings); what lies before the hole, or before the end of user space, was changed
     * @throws MisuseException if the space is closed
     */
    public int mprotect(long address, long bytes, int prot) {
        StackRoom.forCall();
        long stamp = mm.lockExclusive();
        try {
            return Mappings.protect(mm, address, bytes, prot);
        } finally {
            mm.unlock(stamp);
        }
    }

    /** {@link #madvise}: drop the pages; private memory reads as zero afterwards, shared memory as the object. */
    public static final int MADV_DONTNEED = 4;

    /** {@link #madvise}: map private memory of the range by huge leaves where they fit, see {@link ThpPolicy}. */
    public static final int MADV_HUGEPAGE = 14;
    /** {@link #madvise}: no huge leaves in the range from now on; those that are there stay. */
    public static final int MADV_NOHUGEPAGE = 15;
    /**
     * {@link #madvise}: the memory of the pages is broken, for tests of what happens then. They are faulted in and
     * taken out of this mapping; touching them faults from then on, and their frames are never used again. Pins on them
     * stay. Of each large folio in the range one page is broken (as in Linux the next one is looked for a folio's
     * length behind); a reserved huge page is lost as a whole.
     */
    public static final int MADV_HWPOISON = 100;

    /**
     * Advice about the range: one of the MADV_ constants. Advice that holds already touches nothing.
     * Kernel: madvise().
     *
     * @param address first address, a multiple of 4096
     * @param bytes unsigned, as the kernel's; 0 does nothing
     * @param advice one of the MADV_ constants
     * @return 0, or -EINVAL (misaligned, also inside a huge page; wraps around; other advice), -ENOMEM (a hole, beyond
     *         user space; what is mapped around it was done), -EAGAIN (would make too many mappings); for MADV_HWPOISON
     *         -EFAULT (a hole, not accessible, secret, poisoned before) or -EBUSY (a zero page, device memory), and the
     *         pages before it were poisoned
     * @throws MisuseException if the space is closed
     */
    public int madvise(long address, long bytes, int advice) {
        StackRoom.forCall();
        // to drop pages the mappings stay, and faults and zaps meet at the page-table locks; other advice changes
        // mappings
        long stamp = advice == MADV_DONTNEED || advice == MADV_HWPOISON ? mm.lockShared() : mm.lockExclusive();
        try {
            return switch (advice) {
                case MADV_DONTNEED -> Mappings.discard(mm, address, bytes);
                case MADV_HWPOISON -> Mappings.poison(mm, address, bytes);
                default -> Mappings.advise(mm, address, bytes, advice);
            };
        } finally {
            mm.unlock(stamp);
        }
    }

    /** {@return when anonymous memory is mapped by huge leaves; {@link ThpPolicy#MADVISE} in a new space} */
    public ThpPolicy thpPolicy() {
        return mm.thpPolicy();
    }

    /**
     * Sets when anonymous memory is mapped by huge leaves. Decides about faults from now on; leaves that are there
     * stay.
     *
     * @param policy the policy
     * @throws MisuseException if the space is closed
     */
    public void setThpPolicy(ThpPolicy policy) {
        StackRoom.forCall();
        long stamp = mm.lockExclusive();
        try {
            mm.setThpPolicy(Objects.requireNonNull(policy, "policy is null: NEVER, MADVISE or ALWAYS"));
        } finally {
            mm.unlock(stamp);
        }
    }

    /**
     * From now on a store to private anonymous memory that is not there yet brings a large folio of up to
     * {@code 1 << order} pages and maps all of it by PTEs: as large as fits the mapping, aligned, where nothing is
     * mapped yet and frames can be had (multi-size THP).
     *
     * @param order 0 (single pages, as at the beginning) to 9
     * @throws IllegalArgumentException if {@code order} is out of range
     * @throws MisuseException if the space is closed
     */
    public void setFolioOrder(int order) {
        StackRoom.forCall();
        if (order < 0 || order > LargeFolios.MAX_ORDER) {
            throw new IllegalArgumentException("order = " + order + " is not in 0.." + LargeFolios.MAX_ORDER);
        }
        long stamp = mm.lockExclusive();
        try {
            mm.setFolioOrder(order);
        } finally {
            mm.unlock(stamp);
        }
    }

    /**
     * Moves a private page to memory that only its device reaches, for the driver of that device; the data is copied.
     * From then on a touch of the page by a {@link Cpu}, a get or a pin has it brought back first, by the driver's
     * migrateToRam. Kernel: migrate_vma_setup() to migrate_vma_finalize().
     *
     * @param address any address in the page, in private memory without an object
     * @param devicePfn a spare page of a PRIVATE pagemap that the caller owns; it belongs to the mapping until the
     *     pagemap's pageFree
     * @return 0; or -EFAULT (no page of its own is mapped there, beyond user space), -EBUSY (shared, pinned, or part of
     *         a folio), -EINVAL (no spare page of PRIVATE memory: its removal has begun, or another page was moved
     *         there first), and nothing has changed
     * @throws MisuseException if the space is closed
     */
    public int migrateToDevice(long address, long devicePfn) {
        StackRoom.forCall();
        long stamp = mm.lockShared();
        try {
            if (!mm.memory().pagemaps().registry().isDevice(devicePfn)
                    || !DevicePrivate.isSpare(mm.memory(), devicePfn)) {
                return -Errno.EINVAL;
            }
            return Geometry.isUserRange(address, 1)
                    ? DevicePrivate.moveThere(mm, address, devicePfn)
                    : -Errno.EFAULT;
        } finally {
            mm.unlock(stamp);
        }
    }

    /**
     * Takes mmap_lock shared, for calls that want it held. Release with {@link MmapGuard#close}, and soon: it holds up
     * every change of the mappings. Kernel: mmap_read_lock().
     *
     * @return the guard
     * @throws MisuseException if the space is closed
     */
    public MmapGuard readLock() {
        StackRoom.forCall();
        return new MmapGuard(this);
    }

    /**
     * A processor that works in this space. Release with {@link Cpu#close}; one that is dropped is closed when the
     * collector finds it.
     *
     * @return the processor, for one thread at a time
     * @throws MisuseException if the space is closed
     */
    public Cpu openCpu() {
        StackRoom.forCall();
        long stamp = mm.lockExclusive();
        try {
            return new Cpu(this, mm.memory().slots().open(mm.id()));
        } finally {
            mm.unlock(stamp);
        }
    }

    /**
     * Takes a plain reference on each page of a range, with mmap_lock held by the caller; it stays held. Faults pages
     * in, and marks what it touches as accessed. Release with {@link PhysicalMemory#putPages(Batch)}.
     * Kernel: get_user_pages().
     *
     * @param guard the lock, from {@link #readLock}
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param options READ or WRITE, and force, noFault, interruptible
     * @param batch an empty batch of this memory
     * @return pages obtained, or a negative errno; see the class comment
     * @throws IllegalArgumentException if the guard is of another space, or the batch of another memory or too small
     * @throws MisuseException if the guard does not hold the lock any more, or the batch is not empty
     */
    public int getUserPages(MmapGuard guard, long address, int pages, GupOptions options, Batch<Hold.Get> batch) {
        StackRoom.forCall();
        return SlowGupCalls.get(mm, Bridge.lock(guard), address, pages, Bridge.flags(options),
                Bridge.held(Bridge.required(batch)));
    }

    /**
     * {@link #getUserPages}, but takes mmap_lock itself. Release with {@link PhysicalMemory#putPages(Batch)}.
     * Kernel: get_user_pages_unlocked().
     *
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param options as for {@link #getUserPages}
     * @param batch an empty batch of this memory
     * @return pages obtained, or a negative errno; see the class comment
     * @throws IllegalArgumentException if the batch is of another memory or too small
     * @throws MisuseException if the space is closed, or the batch is not empty
     */
    public int getUserPagesUnlocked(long address, int pages, GupOptions options, Batch<Hold.Get> batch) {
        StackRoom.forCall();
        return SlowGupCalls.get(mm, null, address, pages, Bridge.flags(options),
                Bridge.held(Bridge.required(batch)));
    }

    /**
     * Pins each page of a range, with mmap_lock held by the caller; it stays held. Faults pages in, and leaves no
     * accessed mark. Release with {@link PhysicalMemory#unpinUserPages(Batch)} or
     * {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}. Kernel: pin_user_pages().
     *
     * @param guard the lock, from {@link #readLock}
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param options as for {@link #getUserPages}, and longTerm
     * @param batch an empty batch of this memory
     * @return pages obtained, or a negative errno; see the class comment
     * @throws IllegalArgumentException if the guard is of another space, or the batch of another memory or too small
     * @throws MisuseException if the guard does not hold the lock any more, or the batch is not empty
     */
    public int pinUserPages(MmapGuard guard, long address, int pages, GupOptions options, Batch<Hold.Pin> batch) {
        StackRoom.forCall();
        return SlowGupCalls.pin(mm, Bridge.lock(guard), address, pages, Bridge.flags(options), 0,
                Bridge.held(Bridge.required(batch)));
    }

    /**
     * {@link #pinUserPages}, but takes mmap_lock itself, so that longTerm is -EINVAL; marks what it touches as
     * accessed. Release with {@link PhysicalMemory#unpinUserPages(Batch)} or
     * {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}. Kernel: pin_user_pages_unlocked().
     *
     * @param address any address in the first page
     * @param pages pages of 4096 bytes wanted, 0 to the capacity of a page list
     * @param options as for {@link #getUserPages}
     * @param batch an empty batch of this memory
     * @return pages obtained, or a negative errno; see the class comment
     * @throws IllegalArgumentException if the batch is of another memory or too small
     * @throws MisuseException if the space is closed, or the batch is not empty
     */
    public int pinUserPagesUnlocked(long address, int pages, GupOptions options, Batch<Hold.Pin> batch) {
        StackRoom.forCall();
        return SlowGupCalls.pin(mm, null, address, pages, Bridge.flags(options), FOLL_TOUCH,
                Bridge.held(Bridge.required(batch)));
    }

    /**
     * Frame that is mapped at {@code address} now, whatever the permission; 0 when none is, as beyond user space. Old
     * as soon as it is returned.
     *
     * @param address any address
     * @return a frame number, or 0
     * @throws MisuseException if the space is closed
     */
    public long frameAt(long address) {
        StackRoom.forCall();
        long stamp = mm.lockShared();
        try {
            if (!Geometry.isUserRange(address, 1)) {
                return 0;
            }
            long spot = PageTables.lockLowest(mm.memory(), mm.root(), address);
            try {
                long entry = Entries.load(Spot.entryAddress(mm.memory(), spot, address));
                return Entry.isPresent(entry) ? Spot.pfn(spot, entry, address) : 0;
            } finally {
                PageTables.unlock(mm.memory(), Spot.table(spot));
            }
        } finally {
            mm.unlock(stamp);
        }
    }

    /**
     * The page-table entry that maps {@code address} now, for dumps and audits; {@link #entryText} spells it out. An
     * entry that maps a whole huge page names the first frame of it.
     *
     * @param address any address
     * @return the entry, with the bits of x86-64; 0 if there is none, as beyond user space
     * @throws MisuseException if the space is closed
     */
    public long entryAt(long address) {
        StackRoom.forCall();
        long stamp = mm.lockShared();
        try {
            if (!Geometry.isUserRange(address, 1)) {
                return Entry.NONE;
            }
            long spot = PageTables.lockLowest(mm.memory(), mm.root(), address);
            try {
                return Entries.load(Spot.entryAddress(mm.memory(), spot, address));
            } finally {
                PageTables.unlock(mm.memory(), Spot.table(spot));
            }
        } finally {
            mm.unlock(stamp);
        }
    }

    /**
     * An entry of {@link #entryAt} in words: whether it is present, its permissions and marks, and the frame.
     *
     * @param entry any number
     * @return a text such as {@code present write user accessed dirty pfn 1234}; {@code none} for 0
     */
    public static String entryText(long entry) {
        return Entry.describe(entry);
    }

    /**
     * {@return number of mappings}
     *
     * @throws MisuseException if the space is closed
     */
    public int mappings() {
        StackRoom.forCall();
        long stamp = mm.lockShared();
        try {
            return mm.vmas().size();
        } finally {
            mm.unlock(stamp);
        }
    }

    /** {@return whether {@link #close()} is done; true is final} */
    public boolean isClosed() {
        return mm.isClosed();
    }

    /**
     * Ends the space as the exit of a process does: all mappings go, pins on their pages live on. Processors still open
     * throw from then on. Waits for calls that hold mmap_lock, so not from a thread that holds a guard. A second call
     * does nothing.
     */
    @Override
    public void close() {
        close(false);
    }

    /**
     * Ends the space only if no processor is open and no mapped page may be pinned.
     *
     * @throws MisuseException if a processor is open or a mapped page may be pinned; nothing has changed then. For a
     *         page that 1024 others reference, this cannot be told from a pin.
     */
    public void closeStrict() {
        close(true);
    }

    private void close(boolean isStrict) {
        StackRoom.forCall();
        boolean isEnded = false;
        long stamp = mm.lockToClose();
        try {
            if (mm.root() == 0) {
                return;
            }
            if (isStrict) {
                refuseIfUsed();
            }
            try {
                Mappings.exit(mm);
            } finally {
                isEnded = mm.root() == 0; // also when it throws what the owner of a device page threw
            }
        } finally {
            mm.unlock(stamp);
            if (isEnded) {
                mm.endUse(); // last: from here on the memory may be closed and unmapped
            }
        }
    }

    private void refuseIfUsed() {
        int openCpus = mm.memory().slots().inUse(mm.id());
        if (openCpus > 0) {
            throw new MisuseException("address space " + mm.id() + " still has " + openCpus + " open Cpu(s)");
        }
        long pinned = Mappings.firstMaybePinned(mm);
        if (pinned >= 0) {
            throw new MisuseException("address space " + mm.id() + ": the page at 0x" + Long.toHexString(pinned)
                    + " is still pinned");
        }
    }

    /** What the rooms work on. */
    Mm mm() {
        return mm;
    }

    @Override
    public String toString() {
        return mm.toString();
    }
}

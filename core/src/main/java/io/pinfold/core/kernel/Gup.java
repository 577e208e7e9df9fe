package io.pinfold.core.kernel;

import static io.pinfold.core.foll.FollBits.FOLL_LONGTERM;
import static io.pinfold.core.foll.FollBits.FOLL_TOUCH;

import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.core.mm.slow.SlowGupCalls;
import io.pinfold.core.words.StackRoom;
import org.jspecify.annotations.Nullable;

/**
 * The slow calls of mm/gup.c with {@link FollFlags}. Results are those of the calls of {@link AddressSpace}; pages are
 * pages of 4096 bytes, and a batch may be null where it is said. Any thread may call.
 *
 * <p>Flags: FOLL_WRITE, FOLL_FORCE, FOLL_NOFAULT, FOLL_DUMP, FOLL_NOWAIT, FOLL_HWPOISON, FOLL_ANON, FOLL_SPLIT_PMD,
 * FOLL_INTERRUPTIBLE; FOLL_GET in a get with a batch, where it is implied; FOLL_LONGTERM in a pin with the lock held.
 * Others are -EINVAL, as is a pin without a batch. A poisoned page is -EHWPOISON with FOLL_HWPOISON.
 */
public final class Gup {

    private Gup() {
    }

    /**
     * Takes a plain reference on each page of a range, with mmap_lock held by the caller; it stays held. Release with
     * {@link PhysicalMemory#putPages(Batch)}. Kernel: get_user_pages().
     *
     * @param space the address space
     * @param guard the lock, from {@link AddressSpace#readLock}
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of the space's memory; null to fault the pages in and hold none
     * @return pages obtained, or a negative errno
     * @throws IllegalArgumentException if the guard is of another space, or the batch of another memory or too small
     * @throws MisuseException if the guard does not hold the lock any more, or the batch is not empty
     */
    public static int getUserPages(AddressSpace space, MmapGuard guard, long address, int pages, int flags,
            @Nullable Batch<Hold.Get> batch) {
        StackRoom.forCall();
        return SlowGupCalls.get(Bridge.mm(space), Bridge.lock(guard), address, pages, flags, Bridge.heldOrNull(batch));
    }

    /**
     * {@link #getUserPages} for callers that are not of this space. Release with
     * {@link PhysicalMemory#putPages(Batch)}. Kernel: get_user_pages_remote().
     *
     * @param space the address space
     * @param guard the lock, from {@link AddressSpace#readLock}
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of the space's memory; null to fault the pages in and hold none
     * @return pages obtained, or a negative errno
     * @throws IllegalArgumentException if the guard is of another space, or the batch of another memory or too small
     * @throws MisuseException if the guard does not hold the lock any more, or the batch is not empty
     */
    public static int getUserPagesRemote(AddressSpace space, MmapGuard guard, long address, int pages, int flags,
            @Nullable Batch<Hold.Get> batch) {
        return getUserPages(space, guard, address, pages, flags, batch);
    }

    /**
     * {@link #getUserPages}, but takes mmap_lock itself. Release with {@link PhysicalMemory#putPages(Batch)}.
     * Kernel: get_user_pages_unlocked().
     *
     * @param space the address space
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of the space's memory; null to fault the pages in and hold none
     * @return pages obtained, or a negative errno
     * @throws IllegalArgumentException if the batch is of another memory or too small
     * @throws MisuseException if the space is closed, or the batch is not empty
     */
    public static int getUserPagesUnlocked(AddressSpace space, long address, int pages, int flags,
            @Nullable Batch<Hold.Get> batch) {
        StackRoom.forCall();
        return SlowGupCalls.get(Bridge.mm(space), null, address, pages, flags, Bridge.heldOrNull(batch));
    }

    /**
     * Pins each page of a range, with mmap_lock held by the caller; it stays held. Leaves no accessed mark. Release
     * with {@link PhysicalMemory#unpinUserPages(Batch)} or
     * {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}. Kernel: pin_user_pages().
     *
     * @param space the address space
     * @param guard the lock, from {@link AddressSpace#readLock}
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of the space's memory; without one the answer is -EINVAL
     * @return pages obtained, or a negative errno
     * @throws IllegalArgumentException if the guard is of another space, or the batch of another memory or too small
     * @throws MisuseException if the guard does not hold the lock any more, or the batch is not empty
     */
    public static int pinUserPages(AddressSpace space, MmapGuard guard, long address, int pages, int flags,
            @Nullable Batch<Hold.Pin> batch) {
        return pin(space, guard, address, pages, flags, 0, batch);
    }

    /**
     * {@link #pinUserPages} for callers that are not of this space; marks what it touches as accessed. Release with
     * {@link PhysicalMemory#unpinUserPages(Batch)} or {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}.
     * Kernel: pin_user_pages_remote().
     *
     * @param space the address space
     * @param guard the lock, from {@link AddressSpace#readLock}
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of the space's memory; without one the answer is -EINVAL
     * @return pages obtained, or a negative errno
     * @throws IllegalArgumentException if the guard is of another space, or the batch of another memory or too small
     * @throws MisuseException if the guard does not hold the lock any more, or the batch is not empty
     */
    public static int pinUserPagesRemote(AddressSpace space, MmapGuard guard, long address, int pages, int flags,
            @Nullable Batch<Hold.Pin> batch) {
        return pin(space, guard, address, pages, flags, FOLL_TOUCH, batch);
    }

    /**
     * {@link #pinUserPages}, but takes mmap_lock itself, so that FOLL_LONGTERM is illegal; marks what it touches as
     * accessed. Release with {@link PhysicalMemory#unpinUserPages(Batch)} or
     * {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}. Kernel: pin_user_pages_unlocked().
     *
     * @param space the address space
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of the space's memory; without one the answer is -EINVAL
     * @return pages obtained, or a negative errno
     * @throws IllegalArgumentException if the batch is of another memory or too small
     * @throws MisuseException if the space is closed, or the batch is not empty
     */
    public static int pinUserPagesUnlocked(AddressSpace space, long address, int pages, int flags,
            @Nullable Batch<Hold.Pin> batch) {
        StackRoom.forCall();
        return SlowGupCalls.pin(Bridge.mm(space), null, address, pages, flags, FOLL_TOUCH, Bridge.heldOrNull(batch));
    }

    /**
     * {@link #pinUserPages} with FOLL_LONGTERM added. Release with {@link PhysicalMemory#unpinUserPages(Batch)} or
     * {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}. Kernel: pin_longterm_pages(), the form of 2017.
     *
     * @param space the address space
     * @param guard the lock, from {@link AddressSpace#readLock}
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of the space's memory; without one the answer is -EINVAL
     * @return pages obtained, or a negative errno
     * @throws IllegalArgumentException if the guard is of another space, or the batch of another memory or too small
     * @throws MisuseException if the guard does not hold the lock any more, or the batch is not empty
     */
    public static int pinLongtermPages(AddressSpace space, MmapGuard guard, long address, int pages, int flags,
            @Nullable Batch<Hold.Pin> batch) {
        return pin(space, guard, address, pages, flags | FOLL_LONGTERM, 0, batch);
    }

    /**
     * {@link PhysicalMemory#putPages(Batch)} under the name of the kernel's batch form. Kernel: release_pages().
     *
     * @param batch a batch that holds gets
     * @return pages given back
     * @throws MisuseException as for {@link PhysicalMemory#putPages(Batch)}
     */
    public static int releasePages(Batch<Hold.Get> batch) {
        return Bridge.required(batch).memory().putPages(batch);
    }

    private static int pin(AddressSpace space, MmapGuard guard, long address, int pages, int flags, int internal,
            @Nullable Batch<Hold.Pin> batch) {
        StackRoom.forCall();
        return SlowGupCalls.pin(Bridge.mm(space), Bridge.lock(guard), address, pages, flags, internal,
                Bridge.heldOrNull(batch));
    }
}

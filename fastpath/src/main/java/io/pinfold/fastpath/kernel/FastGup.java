package io.pinfold.fastpath.kernel;

import static io.pinfold.core.kernel.FollFlags.FOLL_FAST_ONLY;

import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.walk.FastCalls;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The fast calls of mm/gup.c with {@link FollFlags}. Results and threading are those of {@link GupSession}; pages are
 * pages of 4096 bytes. A {@link io.pinfold.fastpath.GupSessionPool} has no calls of this form: an option stands for
 * every flag that the fast calls accept.
 *
 * <p>Flags: FOLL_WRITE, FOLL_FORCE, FOLL_NOFAULT, FOLL_FAST_ONLY; FOLL_GET in a get, where it is implied; FOLL_LONGTERM
 * in a pin. Others are -EINVAL.
 */
public final class FastGup {

    private FastGup() {
    }

    /**
     * Takes a plain reference on each page of a range. Release with {@link PhysicalMemory#putPages(Batch)}.
     * Kernel: get_user_pages_fast().
     *
     * @param session the session to walk with
     * @param space the address space
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of this memory; without one the answer is -EINVAL
     * @return pages obtained, or a negative errno; with FOLL_FAST_ONLY maybe 0
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or another thread is in a
     *         call of the session
     * @throws MemoryClosedException if the memory is closed
     */
    public static int getUserPagesFast(GupSession session, AddressSpace space, long address, int pages, int flags,
            @Nullable Batch<Hold.Get> batch) {
        return FastCalls.get(required(session), Bridge.required(space), address, pages, flags, batch);
    }

    /**
     * Pins each page of a range. Release with {@link PhysicalMemory#unpinUserPages(Batch)} or
     * {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}. Kernel: pin_user_pages_fast().
     *
     * @param session the session to walk with
     * @param space the address space
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of this memory; without one the answer is -EINVAL
     * @return pages obtained, or a negative errno; with FOLL_FAST_ONLY maybe 0
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or another thread is in a
     *         call of the session
     * @throws MemoryClosedException if the memory is closed
     */
    public static int pinUserPagesFast(GupSession session, AddressSpace space, long address, int pages, int flags,
            @Nullable Batch<Hold.Pin> batch) {
        return FastCalls.pin(required(session), Bridge.required(space), address, pages, flags, batch);
    }

    /**
     * {@link #getUserPagesFast} with FOLL_FAST_ONLY added. Release with {@link PhysicalMemory#putPages(Batch)}.
     * Kernel: get_user_pages_fast_only().
     *
     * @param session the session to walk with
     * @param space the address space
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of this memory; without one the answer is -EINVAL
     * @return pages obtained, may be 0; or a negative errno for illegal arguments
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or another thread is in a
     *         call of the session
     * @throws MemoryClosedException if the memory is closed
     */
    public static int getUserPagesFastOnly(GupSession session, AddressSpace space, long address, int pages, int flags,
            @Nullable Batch<Hold.Get> batch) {
        return FastCalls.get(required(session), Bridge.required(space), address, pages, flags | FOLL_FAST_ONLY, batch);
    }

    /**
     * {@link #pinUserPagesFast} with FOLL_FAST_ONLY added. Release with {@link PhysicalMemory#unpinUserPages(Batch)} or
     * {@link PhysicalMemory#unpinUserPagesDirtyLock(Batch, boolean)}. Kernel: pin_user_pages_fast_only().
     *
     * @param session the session to walk with
     * @param space the address space
     * @param address any address in the first page
     * @param pages pages wanted, 0 to the capacity of a page list
     * @param flags see the class comment
     * @param batch an empty batch of this memory; without one the answer is -EINVAL
     * @return pages obtained, may be 0; or a negative errno for illegal arguments
     * @throws IllegalArgumentException if the space or the batch is of another memory, or the batch too small
     * @throws MisuseException if the batch is not empty, the space or the session is closed, or another thread is in a
     *         call of the session
     * @throws MemoryClosedException if the memory is closed
     */
    public static int pinUserPagesFastOnly(GupSession session, AddressSpace space, long address, int pages, int flags,
            @Nullable Batch<Hold.Pin> batch) {
        return FastCalls.pin(required(session), Bridge.required(space), address, pages, flags | FOLL_FAST_ONLY, batch);
    }

    private static GupSession required(GupSession session) {
        return Objects.requireNonNull(session, "session is null: GupSession.open makes one");
    }
}

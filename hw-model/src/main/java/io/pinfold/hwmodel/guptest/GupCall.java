package io.pinfold.hwmodel.guptest;

import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The calls under test that take references, named after the commands of the kernel's tool. */
public enum GupCall {
    /** get_user_pages_fast(). */
    GUP_FAST_BENCHMARK("get_user_pages_fast", false, false),
    /** pin_user_pages_fast(). */
    PIN_FAST_BENCHMARK("pin_user_pages_fast", true, false),
    /** get_user_pages(), under mmap_lock. */
    GUP_BASIC_TEST("get_user_pages", false, true),
    /** pin_user_pages(), under mmap_lock. */
    PIN_BASIC_TEST("pin_user_pages", true, true),
    /** pin_user_pages() with FOLL_LONGTERM, under mmap_lock. */
    PIN_LONGTERM_BENCHMARK("pin_user_pages(FOLL_LONGTERM)", true, true);

    private final String function;
    private final boolean isPin;
    private final boolean needsLock;

    GupCall(String function, boolean isPin, boolean needsLock) {
        this.function = function;
        this.isPin = isPin;
        this.needsLock = needsLock;
    }

    /** The kernel's function. */
    public String function() {
        return function;
    }

    /** Whether pages are pinned, not only referenced. */
    public boolean isPin() {
        return isPin;
    }

    /** Whether mmap_lock is held throughout; taking it is not timed. */
    boolean needsLock() {
        return needsLock;
    }

    /** Makes one call. The guard is present if {@link #needsLock}. */
    int obtain(GupSession session, @Nullable MmapGuard guard, AddressSpace space, long address, int pages, int flags,
            Batch<?> batch) {
        return switch (this) {
            case GUP_FAST_BENCHMARK -> FastGup.getUserPagesFast(session, space, address, pages, flags, gets(batch));
            case PIN_FAST_BENCHMARK -> FastGup.pinUserPagesFast(session, space, address, pages, flags, pins(batch));
            case GUP_BASIC_TEST -> Gup.getUserPages(space, held(guard), address, pages, flags, gets(batch));
            case PIN_BASIC_TEST -> Gup.pinUserPages(space, held(guard), address, pages, flags, pins(batch));
            case PIN_LONGTERM_BENCHMARK -> Gup.pinLongtermPages(space, held(guard), address, pages, flags, pins(batch));
        };
    }

    /** Gives back what one call obtained. */
    void release(PhysicalMemory memory, Batch<?> batch) {
        if (isPin) {
            memory.unpinUserPages(pins(batch));
        } else {
            memory.putPages(gets(batch));
        }
    }

    // A caller fills all its batches by the same kind of call.
    @SuppressWarnings("unchecked")
    private static Batch<Hold.Get> gets(Batch<?> batch) {
        return (Batch<Hold.Get>) batch;
    }

    @SuppressWarnings("unchecked")
    private static Batch<Hold.Pin> pins(Batch<?> batch) {
        return (Batch<Hold.Pin>) batch;
    }

    private static MmapGuard held(@Nullable MmapGuard guard) {
        return Objects.requireNonNull(guard, "the slow calls need mmap_lock held");
    }
}

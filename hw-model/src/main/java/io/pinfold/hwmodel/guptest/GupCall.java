package io.pinfold.hwmodel.guptest;

import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.fastpath.GupSession;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The ways to take references that are tried, named as the commands of the kernel's tool. */
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

    /** Whether mmap_lock is held all the time, and not part of what is timed. */
    boolean needsLock() {
        return needsLock;
    }

    /** One call. The guard is there if {@link #needsLock}. */
    int obtain(GupSession session, @Nullable MmapGuard guard, AddressSpace space, long address, int pages, int flags,
            Batch batch) {
        return switch (this) {
            case GUP_FAST_BENCHMARK -> session.getUserPagesFast(space, address, pages, flags, batch);
            case PIN_FAST_BENCHMARK -> session.pinUserPagesFast(space, address, pages, flags, batch);
            case GUP_BASIC_TEST -> space.getUserPages(held(guard), address, pages, flags, batch);
            case PIN_BASIC_TEST -> space.pinUserPages(held(guard), address, pages, flags, batch);
            case PIN_LONGTERM_BENCHMARK -> space.pinLongtermPages(held(guard), address, pages, flags, batch);
        };
    }

    /** Gives back what one call obtained. */
    void release(PhysicalMemory memory, Batch batch) {
        if (isPin) {
            memory.unpinUserPages(batch);
        } else {
            memory.putPages(batch);
        }
    }

    private static MmapGuard held(@Nullable MmapGuard guard) {
        return Objects.requireNonNull(guard, "the slow calls want mmap_lock held");
    }
}

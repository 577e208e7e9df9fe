package io.pinfold.fastpath;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.fastpath.kernel.FastGup;

/** Each get and pin call with typed options, and the call with the kernel's flags that has to do the same. */
enum TypedCalls {
    GET_FAST(false, (m, a, n, o, b) -> m.session.getUserPagesFast(m.space, a, n, o, b.gets()),
            (m, a, n, o, b) -> FastGup.getUserPagesFast(m.session, m.space, a, n, o.flags(), b.gets())),
    GET_FAST_ONLY(false, (m, a, n, o, b) -> m.session.getUserPagesFastOnly(m.space, a, n, o, b.gets()),
            (m, a, n, o, b) -> FastGup.getUserPagesFastOnly(m.session, m.space, a, n, o.flags(), b.gets())),
    PIN_FAST(true, (m, a, n, o, b) -> m.session.pinUserPagesFast(m.space, a, n, o, b.pins()),
            (m, a, n, o, b) -> FastGup.pinUserPagesFast(m.session, m.space, a, n, o.flags(), b.pins())),
    PIN_FAST_ONLY(true, (m, a, n, o, b) -> m.session.pinUserPagesFastOnly(m.space, a, n, o, b.pins()),
            (m, a, n, o, b) -> FastGup.pinUserPagesFastOnly(m.session, m.space, a, n, o.flags(), b.pins())),
    GET_OF_A_POOL(false, pooled((p, m, a, n, o, b) -> p.getUserPagesFast(m.space, a, n, o, b.gets())), GET_FAST.kernel),
    GET_ONLY_OF_A_POOL(false, pooled((p, m, a, n, o, b) -> p.getUserPagesFastOnly(m.space, a, n, o, b.gets())),
            GET_FAST_ONLY.kernel),
    PIN_OF_A_POOL(true, pooled((p, m, a, n, o, b) -> p.pinUserPagesFast(m.space, a, n, o, b.pins())), PIN_FAST.kernel),
    PIN_ONLY_OF_A_POOL(true, pooled((p, m, a, n, o, b) -> p.pinUserPagesFastOnly(m.space, a, n, o, b.pins())),
            PIN_FAST_ONLY.kernel),
    GET(false, locked((g, m, a, n, o, b) -> m.space.getUserPages(g, a, n, o, b.gets())),
            locked((g, m, a, n, o, b) -> Gup.getUserPages(m.space, g, a, n, o.flags(), b.gets()))),
    GET_UNLOCKED(false, (m, a, n, o, b) -> m.space.getUserPagesUnlocked(a, n, o, b.gets()),
            (m, a, n, o, b) -> Gup.getUserPagesUnlocked(m.space, a, n, o.flags(), b.gets())),
    PIN(true, locked((g, m, a, n, o, b) -> m.space.pinUserPages(g, a, n, o, b.pins())),
            locked((g, m, a, n, o, b) -> Gup.pinUserPages(m.space, g, a, n, o.flags(), b.pins()))),
    PIN_UNLOCKED(true, (m, a, n, o, b) -> m.space.pinUserPagesUnlocked(a, n, o, b.pins()),
            (m, a, n, o, b) -> Gup.pinUserPagesUnlocked(m.space, a, n, o.flags(), b.pins())),
    GET_REMOTE(false, locked((g, m, a, n, o, b) -> Gup.getUserPagesRemote(m.space, g, a, n, o.flags(), b.gets())),
            GET.kernel),
    LONGTERM(true, locked((g, m, a, n, o, b) -> m.space.pinUserPages(g, a, n, o.longTerm(), b.pins())),
            locked((g, m, a, n, o, b) -> Gup.pinLongtermPages(m.space, g, a, n, o.flags(), b.pins())));

    /** What a call fills; one of the two. */
    record Batches(PageBatch<Hold.Get> gets, PageBatch<Hold.Pin> pins) {
    }

    /** One form of a call. */
    interface Form {
        int run(Machine machine, long address, int pages, GupOptions options, Batches batches);
    }

    /** A form that needs something that is opened for it. */
    private interface With<T> {
        int run(T opened, Machine machine, long address, int pages, GupOptions options, Batches batches);
    }

    final boolean isPin;
    final Form typed;
    final Form kernel;

    TypedCalls(boolean isPin, Form typed, Form kernel) {
        this.isPin = isPin;
        this.typed = typed;
        this.kernel = kernel;
    }

    private static Form pooled(With<GupSessionPool> call) {
        return (m, a, n, o, b) -> {
            try (GupSessionPool pool = GupSession.pool(m.memory, 1)) {
                return call.run(pool, m, a, n, o, b);
            }
        };
    }

    private static Form locked(With<MmapGuard> call) {
        return (m, a, n, o, b) -> {
            try (MmapGuard guard = m.space.readLock()) {
                return call.run(guard, m, a, n, o, b);
            }
        };
    }
}

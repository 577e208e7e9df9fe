package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.GupSessionPool;
import java.util.List;

/**
 * Two threads borrow the one session of a pool: one waits for the other and is woken; a session with two users would
 * throw.
 */
public final class PoolBorrowScenario extends ProtocolScenario {

    public PoolBorrowScenario() {
        super("pool-borrow", "-",
                "two threads and a GupSessionPool of one session: each has it alone, no endless wait",
                Pool::new);
        require("FOUND, FOUND");
    }

    private static final class Pool extends ScenarioWorld {
        private final GupSessionPool pool = GupSession.pool(memory, 1);
        private final List<PageBatch<Hold.Pin>> batches = List.of(memory.newPageBatch(1), memory.newPageBatch(1));
        private final long pfn;

        Pool() {
            super("first", "second");
            map(BASE, 1);
            pfn = frameAt(BASE);
            watch("free", Peek.number(pool, "free"), Shown.LONG);
            watchPage("page", pfn);
            watchEntry(BASE, Geometry.PTE);
            built();
        }

        @Override
        String play(int strand) {
            int n = pool.pinUserPagesFastOnly(space, BASE, 1, GupOptions.WRITE, batches.get(strand));
            return n == 1 ? "FOUND" : "GOT_" + n;
        }

        @Override
        void settle() {
            checkPage(pfn, 1 + 2 * BIAS, generation(pfn), 0);
            for (PageBatch<Hold.Pin> each : batches) {
                int _ = memory.unpinUserPages(each);
            }
            checkPage(pfn, 1, generation(pfn), 0);
        }
    }
}

package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.GupSessionPool;
import java.util.List;

/**
 * A pool of one session with more users: two wait at once and both are woken; or the pool is closed, which waits for
 * the running call and refuses a later one. The calls ask for an address without a table, so that little more than
 * borrow and give back happens.
 */
public final class PoolWaitScenario extends ProtocolScenario {
    private static final long NOWHERE = 1L << 20;

    public PoolWaitScenario() {
        super("pool-wait", "-", "three threads and a GupSessionPool of one session: every waiter is woken",
                () -> new Pool("first", "second", "third"));
        require("DONE, DONE, DONE");
    }

    /** The pool is closed under its user. */
    public static final class Close extends ProtocolScenario {

        public Close() {
            super("pool-close", "-", "a call through a GupSessionPool against its close: done before, or refused",
                    () -> new Pool("user", "closer"));
            require("DONE, CLOSED", "TOLD, CLOSED");
        }
    }

    private static final class Pool extends ScenarioWorld {
        private final GupSessionPool pool = GupSession.pool(memory, 1);
        private final List<PageBatch<Hold.Get>> batches = List.of(memory.newPageBatch(1), memory.newPageBatch(1),
                memory.newPageBatch(1));
        private final boolean closes;

        Pool(String... strands) {
            super(strands);
            closes = strands.length == 2;
            watch("free", Peek.number(pool, "free"), Shown.LONG);
            built();
        }

        @Override
        String play(int strand) {
            if (closes && strand == 1) {
                pool.close();
                return "CLOSED";
            }
            try {
                // BORROW1 BORROW2, RETURN1 RETURN2
                int n = pool.getUserPagesFastOnly(space, NOWHERE, 1, GupOptions.READ, batches.get(strand));
                return n == 0 ? "DONE" : "GOT_" + n;
            } catch (IllegalStateException closed) {
                return "TOLD";
            }
        }

        @Override
        void settle() {
            for (PageBatch<?> each : batches) {
                check("I2", !each.isHeld(), "a walk of nothing holds something");
            }
        }
    }
}

package io.pinfold.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.HugeZero;
import io.pinfold.jcstress.support.Cells;
import io.pinfold.jcstress.support.Machine;
import io.pinfold.jcstress.support.Walker;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * Race R20: a space begins to use the huge zero page while the shrinker gives it up.
 *
 * <pre>
 *   space                          shrinker
 *   ZERO1 users + 1, unless zero   SHRINK1 compareAndSet the users from 1, its own, to 0
 *   GRAB3 map it, get pages of it  SHRINK3 drop the reference of the allocation; the last: free
 *   ZERO4 users - 1
 * </pre>
 *
 * <p><b>Shape:</b> two read-modify-writes of one word. <b>Must not happen:</b> the space counts as a user and the page
 * is freed. The users decide whether the page may be mapped, its references when its frames are freed. A get therefore
 * delays the free, and counts like one on any large folio.
 *
 * <p><b>What this machine can show:</b> everything here; no weaker mode is involved.
 */
public class GetVsHugeZeroShrink {
    /** What the model may do; everything else is forbidden. */
    @Outcome(id = "USED, IN_USE", expect = ACCEPTABLE,
            desc = "[overlap] the shrinker came while the space used the page, so the page stays")
    @Outcome(id = "NONE, FREED", expect = ACCEPTABLE,
            desc = "the shrinker came first: the space has to make a new one")
    @Outcome(id = "USED, FREED", expect = ACCEPTABLE,
            desc = "the space came and went before the shrinker")
    @Outcome(expect = FORBIDDEN, desc = "freed under a user")
    interface ModelOutcomes {
    }

    /** The words of the model and the steps that no variant changes. */
    abstract static class Zero {
        final long users = Cells.claim();
        final long count = users + Cells.LINE;

        Zero() {
            Cells.set(users, 1);
            Cells.set(count, 1);
        }

        String use() {
            if (!Cells.addUnlessZero(users, 1)) { // ZERO1
                return "NONE";
            }
            boolean alive = Cells.getVolatile(count) != 0; // GRAB3
            for (int i = 0; i < 4; i++) {
                Thread.onSpinWait(); // mapping it takes a while
                alive &= Cells.getVolatile(count) != 0;
            }
            Cells.getAndAdd(users, -1); // ZERO4
            return alive ? "USED" : "FREED_UNDER_ME";
        }

        String drop() {
            Cells.getAndAdd(count, -1); // SHRINK3
            return "FREED";
        }
    }

    /** The protocol as it has to be. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @State
    public static class Model extends Zero {
        @Actor
        public void space(LL_Result r) {
            r.r1 = use();
        }

        @Actor
        public void shrinker(LL_Result r) {
            r.r2 = Cells.compareAndSet(users, 1, 0) ? drop() : "IN_USE"; // SHRINK1
        }
    }

    /** SHRINK1 as a load and a store: a space that begins to use the page in between is not seen. Fires on x86. */
    @JCStressTest
    @JCStressMeta(ModelOutcomes.class)
    @Outcome(id = "FREED_UNDER_ME, FREED", expect = ACCEPTABLE_INTERESTING,
            desc = "the page was freed while a space used it")
    @State
    public static class BrokenLoadThenStore extends Zero {
        @Actor
        public void space(LL_Result r) {
            r.r1 = use();
        }

        @Actor
        public void shrinker(LL_Result r) {
            if (Cells.getVolatile(users) != 1) {
                r.r2 = "IN_USE";
                return;
            }
            Cells.setVolatile(users, 0); // SHRINK1 torn in two
            r.r2 = drop();
        }
    }

    /** What the shipping code may do; everything else is forbidden. */
    @Outcome(id = "GOT, (SHRUNK|NONE), HELD", expect = ACCEPTABLE,
            desc = "space and shrinker came one after the other")
    @Outcome(id = "GOT, IN_USE, HELD", expect = ACCEPTABLE,
            desc = "[overlap] the shrinker came while the space used the page")
    @Outcome(expect = FORBIDDEN, desc = "freed under a user or under a get")
    interface RealOutcomes {
    }

    /**
     * The library's huge zero page: a user that gets its pages and keeps them after it stopped using the page, against
     * the shrinker. There is one such page in a memory, so the states that are alive share it.
     */
    @JCStressTest
    @JCStressMeta(RealOutcomes.class)
    @State
    public static class Real {
        private final Machine machine = Machine.claim();
        private final HugeZero zero = Bridge.core(Machine.memory()).hugeZero();
        private long head;
        private int born;
        private long token;

        @Actor
        public void space(LLL_Result r) {
            head = zero.use(); // ZERO1
            born = Machine.generation(head);
            token = Walker.grab(machine, head, FollBits.FOLL_GET); // GRAB3
            boolean stays = zero.pfn() == head;
            zero.unuse(); // ZERO4
            r.r1 = token <= 0 ? "REFUSED_" + token : !stays ? "REPLACED_UNDER_ME" : held();
        }

        private String held() {
            return Machine.generation(head) == born ? "GOT" : "FREED_UNDER_ME";
        }

        @Actor
        public void shrinker(LLL_Result r) {
            boolean existed = zero.users() > 0;
            r.r2 = Machine.memory().shrinkHugeZero() ? "SHRUNK" : existed ? "IN_USE" : "NONE"; // SHRINK1 SHRINK3
        }

        @Arbiter
        public void settle(LLL_Result r) {
            r.r3 = "GOT".equals(held()) ? "HELD" : "FREED_UNDER_GET";
            Grab.undo(Bridge.core(Machine.memory()), token, machine.walkersFrees());
            machine.walkersFrees().drain();
            machine.giveBack();
        }
    }
}

package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.LiveRef;
import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.epoch.WalkerSlot;

/**
 * R28: a live reference is taken on one stripe and put on another, each inside a session's slot, while its owner
 * kills it and sums up. If the bias is removed before the sum (M32), or the grace period is missing, the reference is
 * released under a holder, twice, or never.
 */
public final class LiveRefVsKillScenario extends ProtocolScenario {

    public LiveRefVsKillScenario() {
        super("live-ref-vs-kill", "R28", "LiveRef.tryGetLive and put against kill and step: released once, by the last",
                () -> new Ref(1));
        require("GOT, RELEASED", "GOT, HELD", "REFUSED, RELEASED");
        allow("REFUSED, HELD");
    }

    /** Two references, put while the sum is taken: without the bias the second put finds a sum of zero. */
    public static final class Two extends ProtocolScenario {

        public Two() {
            super("live-refs-vs-kill", "R28",
                    "two references of one taker against kill and step: the sum before the bias",
                    () -> new Ref(2));
            require("GOT, RELEASED", "GOT, HELD", "REFUSED, RELEASED", "HALF, HELD");
            allow("REFUSED, HELD", "HALF, RELEASED");
        }
    }

    /** The session enters by a release store, and the grace period has a heavy fence. */
    public static final class Fenced extends ProtocolScenario {

        public Fenced() {
            super(new LiveRefVsKillScenario());
        }
    }

    /** The same with two references. */
    public static final class TwoFenced extends ProtocolScenario {

        public TwoFenced() {
            super(new Two());
        }
    }

    /** Two takers on one stripe: neither's addition may be lost. */
    public static final class Shared extends ProtocolScenario {

        public Shared() {
            super("live-ref-stripe-shared", "R28",
                    "two takers get and put on one stripe of a LiveRef, and it is killed: released once, by the last",
                    Takers::new);
            require("GOT, GOT");
        }
    }

    /**
     * A third thread steps at any time, also between the two steps of the kill: it must not sum up before KILL2. The
     * taker is in the memory's own slot, as the slow path is.
     */
    public static final class Stepped extends ProtocolScenario {

        public Stepped() {
            super("live-ref-vs-kill-stepped", "R28",
                    "one thread takes a LiveRef and puts it, one kills it, and one steps: released once, by the last",
                    SteppedRef::new);
            require("GOT, KILLED, RELEASED", "GOT, KILLED, HELD", "REFUSED, KILLED, RELEASED");
            allow("REFUSED, KILLED, HELD");
        }
    }

    /** A live reference in a frame, and what is true of it once it was killed and is not held. */
    private abstract static class World extends ScenarioWorld {
        final LiveRef ref;
        private final long address;
        private int releases;

        World(String... strands) {
            super(strands);
            address = core.frameAddress(allocate());
            ref = new LiveRef(address, core.slots(), () -> releases++);
            watch("mode", address, Shown.LONG);
            watch("count", address + 128, Shown.LONG);
            watch("stripe0", address + 256, Shown.LONG);
            watch("stripe1", address + 384, Shown.LONG);
        }

        @Override
        public void begin() {
            super.begin();
            releases = 0;
        }

        final boolean tryGetLive(WalkerSlot slot) {
            enter(slot);
            boolean got = LiveRef.tryGetLive(address, 0); // LIVE1 LIVE2
            slot.exit();
            return got;
        }

        final void put(WalkerSlot slot, int stripe) {
            check("I12", !ref.isReleased(), "released while it was held");
            enter(slot);
            LiveRef.put(address, stripe); // LIVE1 LIVE2, or LIVE3
            slot.exit();
        }

        private static void enter(WalkerSlot slot) {
            switch (slot) {
                case SessionSlot own -> {
                    own.attach();
                    own.enter();
                }
                case SharedSlot shared -> shared.enter();
            }
        }

        /** A session's slot for the strand that uses it first. */
        final SessionSlot openTakersSlot() {
            SessionSlot slot = openSessionSlot();
            slot.detach();
            return slot;
        }

        @Override
        void settle() {
            ref.awaitReleased();
            check("I12", releases == 1, "released " + releases + " times");
            check("I12", ref.references() == 0, ref.references() + " references are left");
        }
    }

    private static final class Takers extends World {
        private final SessionSlot[] slots = {openTakersSlot(), openTakersSlot()};

        Takers() {
            super("taker", "other");
            built();
        }

        @Override
        String play(int strand) {
            boolean got = tryGetLive(slots[strand]);
            if (got) {
                put(slots[strand], 0);
            }
            return got ? "GOT" : "REFUSED";
        }

        @Override
        void settle() {
            check("I12", ref.references() == 1, ref.references() + " references are left");
            ref.kill();
            super.settle();
        }
    }

    private static final class SteppedRef extends World {
        private final SharedSlot slot = openSlot();

        SteppedRef() {
            super("taker", "killer", "bystander");
            watch("taker.slot", Peek.word(slot, "wordNumber"), Shown.LONG);
            built();
        }

        @Override
        String play(int strand) {
            switch (strand) {
                case 0 -> {
                    if (!tryGetLive(slot)) {
                        return "REFUSED";
                    }
                    put(slot, 0);
                    return "GOT";
                }
                case 1 -> {
                    ref.kill(); // KILL1 KILL2
                    return "KILLED";
                }
                default -> {
                    return ref.step() ? "RELEASED" : "HELD"; // KILL3 to KILL6, if no thread is inside
                }
            }
        }
    }

    private static final class Ref extends World {
        private final SessionSlot slot = openTakersSlot();
        private final int wanted;

        Ref(int wanted) {
            super("taker", "killer");
            this.wanted = wanted;
            watch("taker.slot", Peek.word(slot, "wordNumber"), Shown.LONG);
            built();
        }

        @Override
        String play(int strand) {
            if (strand != 0) {
                ref.kill(); // KILL1 KILL2
                return ref.step() ? "RELEASED" : "HELD"; // KILL3 to KILL6, if no thread is inside
            }
            int got = 0;
            while (got < wanted && tryGetLive(slot)) {
                got++;
            }
            for (int left = got; left > 0; left--) {
                put(slot, 1);
            }
            return got == 0 ? "REFUSED" : got < wanted ? "HALF" : "GOT";
        }
    }
}

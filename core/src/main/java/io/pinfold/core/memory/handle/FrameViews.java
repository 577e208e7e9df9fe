package io.pinfold.core.memory.handle;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Mutex;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The open views of a memory's frames. A view can be read as long as its arena is open, even after the hold has ended,
 * so while one is open the frames must not be given back. Sets by frame number, each under a lock of its own, so that
 * threads that view different frames seldom meet.
 */
public final class FrameViews {
    private static final int STRIPES = 16;
    private static final int NAMED = 8;

    private final Stripe[] stripes = new Stripe[STRIPES];

    public FrameViews() {
        for (int index = 0; index < STRIPES; index++) {
            stripes[index] = new Stripe();
        }
    }

    /** A segment over the frame, counted as open until {@code arena} closes. The caller holds the frame. */
    public MemorySegment open(MemoryCore memory, long handle, Arena arena) {
        long pfn = FrameHandle.pfn(handle);
        View view = new View(handle);
        Stripe stripe = stripes[(int) pfn & STRIPES - 1];
        stripe.add(view);
        boolean made = false;
        try {
            MemorySegment segment = Words.view(memory.frameAddress(pfn), Align.PAGE_BYTES, arena,
                    _ -> {
                        stripe.remove(view);
                        Reference.reachabilityFence(memory); // the arena keeps the addresses
                    });
            made = true;
            return segment;
        } finally {
            if (!made) { // the arena is closed, or another thread's
                stripe.remove(view);
            }
        }
    }

    /** The list for close: how many views are open, and of which frames the first few are. */
    public List<String> list() {
        List<String> all = new ArrayList<>();
        for (Stripe stripe : stripes) {
            stripe.describe(all);
        }
        if (all.isEmpty()) {
            return List.of();
        }
        String named = String.join(", ", all.subList(0, Math.min(NAMED, all.size())));
        return List.of(all.size() + " open views of " + named + (all.size() > NAMED ? ", ..." : ""));
    }

    /** One view; equal to itself alone. */
    private static final class View {
        private final long handle;

        View(long handle) {
            this.handle = handle;
        }

        @Override
        public String toString() {
            return "frame " + FrameHandle.pfn(handle) + " of generation "
                    + Integer.toUnsignedString(FrameHandle.generation(handle));
        }
    }

    private static final class Stripe {
        private final Mutex mutex = new Mutex("open views of frames");
        private final Set<View> views = new LinkedHashSet<>(); // guarded by mutex

        void add(View view) {
            mutex.lock();
            try {
                views.add(view);
            } finally {
                mutex.unlock();
            }
        }

        void remove(View view) {
            mutex.lock();
            try {
                views.remove(view);
            } finally {
                mutex.unlock();
            }
        }

        void describe(List<String> all) {
            mutex.lock();
            try {
                views.forEach(view -> all.add(view.toString()));
            } finally {
                mutex.unlock();
            }
        }
    }
}

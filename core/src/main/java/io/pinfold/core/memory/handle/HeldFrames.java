package io.pinfold.core.memory.handle;

import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.memory.zone.Zone;
import io.pinfold.core.page.Compound;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/** Looks at the records of all frames that were ever handed out, to say what is held by handle. Any thread. */
public final class HeldFrames {
    private static final int NAMED = 8;
    private static final int PIN_SHIFT = Integer.numberOfTrailingZeros(PageRefs.PIN_BIAS);

    private HeldFrames() {
    }

    /**
     * The frames that keep a memory open.
     *
     * @param out how many frames are handed out
     */
    public static List<String> describe(MemoryCore memory, long out) {
        List<String> named = new ArrayList<>();
        long byHandle = 0;
        for (Zone zone : memory.blocks().zones()) {
            for (long pfn = zone.start; pfn < zone.frontier(); pfn++) {
                long record = PageLayout.record(memory.recordBase(), pfn);
                if (isOwned(record) || GuestHolds.any(record)) {
                    byHandle++;
                    if (named.size() < NAMED) {
                        named.add(pfn + " (" + PageRefs.refCount(record) + " references)");
                    }
                }
            }
        }
        if (byHandle == 0) {
            return List.of(out + " frames that were allocated and not freed");
        }
        return List.of(byHandle + " frames held by handle: " + String.join(", ", named)
                + (byHandle > NAMED ? ", ..." : ""));
    }

    /** Pins of a node that are held by handle now; exact while none is taken or given back. */
    public static long pins(MemoryCore memory, int node) {
        long pins = 0;
        for (Zone zone : memory.blocks().zones()) {
            for (long pfn = zone.start; pfn < zone.frontier() && memory.nodeOf(zone.start) == node; pfn++) {
                long record = PageLayout.record(memory.recordBase(), pfn);
                pins += isOwned(record) ? PageRefs.refCount(record) >>> PIN_SHIFT : GuestHolds.pins(record);
            }
        }
        Reference.reachabilityFence(memory);
        return pins;
    }

    private static boolean isOwned(long record) {
        long flags = Words.getLongVolatile(record + PageLayout.FLAGS);
        return PageType.ofFlags(flags) == PageType.USER && (flags & PageFlags.BY_HANDLE) != 0
                && !Compound.isTail(Compound.of(record));
    }
}

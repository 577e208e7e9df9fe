package io.pinfold.core.words;

import java.util.Iterator;
import java.util.Set;

/**
 * Who does an access that only some may do: the free lists to the words of free blocks, an inspection to any record.
 * Found by a stack walk; as that costs a microsecond, its answer is good for a few accesses of the same thread more:
 * for the free lists to the end of the push or removal (a store to flags), for an inspection while it goes on to the
 * same or the next record.
 */
final class Callers {
    private static final String CORE = "io.pinfold.core.";
    static final Set<String> INSPECTIONS = Set.of(CORE + "memory.PageInfo", CORE + "page.RecordText",
            CORE + "memory.MemoryAudit", CORE + "memory.ZoneAudit", CORE + "memory.FrameAudit",
            CORE + "memory.FolioAudit", CORE + "memory.DeviceAudit", CORE + "mm.SpaceAudit",
            CORE + "memory.handle.HeldFrames");
    static final Set<String> LISTS = Set.of(CORE + "memory.zone.FreeLists");
    private static final int DEPTH = 10;
    private static final int USES = 64;
    private static final StackWalker WALKER = StackWalker.getInstance(Set.of(), DEPTH);
    private static final ThreadLocal<Callers> OF_THREAD = ThreadLocal.withInitial(Callers::new);

    private boolean isInLists;
    private long inspected;
    private int usesLeft;

    private Callers() {
    }

    static void forget() {
        Callers callers = OF_THREAD.get();
        callers.isInLists = false;
        callers.usesLeft = 0;
    }

    static boolean isFreeLists() {
        Callers callers = OF_THREAD.get();
        if (!callers.isInLists) {
            callers.isInLists = isOnStack(LISTS);
        }
        return callers.isInLists;
    }

    static boolean isInspection(long pfn) {
        Callers callers = OF_THREAD.get();
        boolean goesOn = pfn == callers.inspected || pfn == callers.inspected + 1;
        if (goesOn && callers.usesLeft > 0) {
            callers.usesLeft--;
        } else if (isOnStack(INSPECTIONS)) {
            callers.usesLeft = USES;
        } else {
            return false;
        }
        callers.inspected = pfn;
        return true;
    }

    private static boolean isOnStack(Set<String> classes) {
        return WALKER.walk(frames -> {
            Iterator<StackWalker.StackFrame> frame = frames.iterator();
            for (int depth = 0; depth < DEPTH && frame.hasNext(); depth++) {
                if (classes.contains(frame.next().getClassName())) {
                    return true;
                }
            }
            return false;
        });
    }
}

package io.pinfold.core.memory.handle;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The holds by handle of one life of a frame: how many of each kind every thread took and gave back, and its views. */
final class HeldFrame {
    private final Kind gets = new Kind();
    private final Kind pins = new Kind();
    private final Map<Thread, List<Arena>> views = new HashMap<>();

    void taken(boolean pinned) {
        kind(pinned).of(Thread.currentThread()).taken++;
    }

    /** Counts a release; whether it was the last. */
    boolean givenBack(boolean pinned) {
        Thread thread = Thread.currentThread();
        kind(pinned).of(thread).given++;
        boolean isLast = gets.left() + pins.left() <= 0;
        if (isLast) {
            views.values().forEach(arenas -> arenas.forEach(HeldFrame::end));
        } else if (gets.leftOf(thread) <= 0 && pins.leftOf(thread) <= 0) {
            views.getOrDefault(thread, List.of()).forEach(HeldFrame::end);
            views.remove(thread);
        }
        return isLast;
    }

    void viewed(Arena arena) {
        views.computeIfAbsent(Thread.currentThread(), _ -> new ArrayList<>()).add(arena);
    }

    /**
     * Throws if the calling thread has none of the kind to give back; not if it may have, or if there never was one.
     */
    void requireHeld(long handle, String what, boolean pinned) {
        Thread thread = Thread.currentThread();
        Kind kind = kind(pinned);
        if (kind.left() <= 0) {
            if (kind.holders.isEmpty()) {
                return;
            }
            throw HandleMisuse.released(handle, what,
                    "all " + (pinned ? "pins" : "gets") + " of it have been given back: " + kind);
        }
        Kind other = kind(!pinned);
        if (kind.leftOf(thread) <= 0 && other.leftOf(thread) > 0) {
            throw HandleMisuse.otherKind(handle, what, "thread " + thread.getName() + " holds "
                    + (pinned ? "gets" : "pins") + " alone: gets " + gets + ", pins " + pins);
        }
    }

    private Kind kind(boolean pinned) {
        return pinned ? pins : gets;
    }

    static void end(Arena arena) {
        if (arena.scope().isAlive()) {
            try {
                arena.close();
            } catch (IllegalStateException | WrongThreadException e) {
                // closed by another thread meanwhile, being read at this moment, or confined to the thread whose hold
                // another gave back
            }
        }
    }

    /** One kind of hold, by thread. */
    private static final class Kind {
        private final Map<Thread, Holder> holders = new LinkedHashMap<>();

        Holder of(Thread thread) {
            return holders.computeIfAbsent(thread, _ -> new Holder());
        }

        int leftOf(Thread thread) {
            Holder holder = holders.get(thread);
            return holder == null ? 0 : holder.left();
        }

        int left() {
            return holders.values().stream().mapToInt(Holder::left).sum();
        }

        @Override
        public String toString() {
            List<String> all = new ArrayList<>();
            holders.forEach((thread, holder) -> all.add("thread " + thread.getName() + " took " + holder.taken
                    + " and gave back " + holder.given));
            return String.join(", ", all);
        }
    }

    /** What one thread did with one kind of hold. */
    private static final class Holder {
        private int taken;
        private int given;

        int left() {
            return taken - given;
        }
    }
}

package io.pinfold.core.words;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a thread took out of page tables under a lock, until walkers are known to be past it. A call is a section: from
 * taking mmap_lock, or the mutex of a device object, to giving it back. At the end of a section everything that the
 * thread took away must be paid for, and a section that took nothing away must not have flushed.
 *
 * <pre>
 * taken      an exchange made an entry permit less, or unlinked a table         (FLUSH1, RETIRE1)
 * advanced   the thread advanced the epoch afterwards; links are paid for then  (FLUSH2, RETIRE2)
 * paid       its last load of the word of each slot that a Cpu of the space had open at the advance found no
 *            epoch up to the old one; or the slot is another owner's by now      (FLUSH3)
 * </pre>
 *
 * <p>A finding is not thrown where the lock is given back, because that happens in a {@code finally}, where it would
 * hide an exception under way. It is printed and kept like every {@link CheckedError}, which fails the test class, and
 * the thread's next section begins by throwing it. After another error of checked memory the thread's sections are
 * forgotten: that error has cut off what they were to do.
 */
final class FlushLedger {
    private static final ThreadLocal<FlushLedger> OF_THREAD = ThreadLocal.withInitial(FlushLedger::new);
    private static final Map<Object, Set<LockedSection>> SECTIONS = new ConcurrentHashMap<>();

    private final List<LockedSection> sections = new ArrayList<>();
    private final List<Taken> taken = new ArrayList<>();
    private final List<Taken> advanced = new ArrayList<>();
    /** By the address of its word: the owner of a slot that is still to be loaded. */
    private final Map<Long, Long> awaited = new HashMap<>();
    private long epoch;
    private @Nullable CheckedError finding;

    private FlushLedger() {
    }

    // ---- sections ---------------------------------------------------------------------------------------------------

    /** Before the calling thread takes a lock: throws what it was found to owe at the end of the section before. */
    static void requireNone() {
        FlushLedger ledger = OF_THREAD.get();
        CheckedError found = ledger.finding;
        ledger.finding = null;
        if (found != null && found.isKept()) {
            throw found;
        }
    }

    /** The calling thread has taken {@code lock}. */
    static void begin(Object lock) {
        LockedSection section = new LockedSection(lock);
        OF_THREAD.get().sections.add(section);
        SECTIONS.computeIfAbsent(lock, _ -> ConcurrentHashMap.newKeySet()).add(section);
    }

    /** The calling thread has given {@code lock} back, which another may have taken. */
    static void end(Object lock) {
        FlushLedger ledger = OF_THREAD.get();
        LockedSection section = ledger.innermost(lock);
        ledger.sections.remove(section);
        SECTIONS.computeIfPresent(lock, (_, open) -> {
            open.stream().filter(one -> section == null || one == section).findAny().ifPresent(one -> {
                one.isOver = true;
                open.remove(one);
            });
            return open.isEmpty() ? null : open;
        });
        ledger.settle(section);
    }

    private @Nullable LockedSection innermost(Object lock) {
        for (LockedSection section : sections.reversed()) {
            if (section.lock == lock && !section.isOver) {
                return section;
            }
        }
        return null;
    }

    private boolean isInSection() {
        sections.removeIf(section -> section.isOver);
        return !sections.isEmpty();
    }

    private void settle(@Nullable LockedSection section) {
        awaited.entrySet().removeIf(slot -> SlotRegion.owner(slot.getKey()) != slot.getValue());
        if (!taken.isEmpty()) {
            report(taken, "the epoch has not been advanced", "");
        } else if (!awaited.isEmpty()) {
            report(advanced, "the walkers have not been waited for",
                    "; " + awaited.size() + " slots may hold an epoch up to " + epoch);
        } else if (section != null && section.advanced != null && !section.hasTaken) {
            finding = new CheckedError("the lock is left, nothing was taken away under it, and still a flush advanced"
                    + " the epoch", section.advanced);
        }
        clear();
    }

    private void report(List<Taken> due, String what, String more) {
        Taken first = due.getFirst();
        finding = new CheckedError("the lock is left, and since " + due.size()
                + " entries were taken away " + what + ". The first is " + first + more, first.site());
    }

    private void clear() {
        taken.clear();
        advanced.clear();
        awaited.clear();
    }

    /** An error is about to cut off what the calling thread does. */
    static void giveUp() {
        FlushLedger ledger = OF_THREAD.get();
        ledger.clear();
        ledger.sections.forEach(section -> section.isOver = true);
    }

    // ---- what is due ------------------------------------------------------------------------------------------------

    /** A word of a live table, or the root's in a control block, went from {@code old} to {@code next}. */
    static void exchanged(Region region, long at, long old, long next, long space, boolean isLink) {
        FlushLedger ledger = OF_THREAD.get();
        if (!ledger.isInSection()) {
            return; // a test that plays mutator, or a table that is not published yet
        }
        ledger.sections.forEach(section -> section.hasTaken = true);
        Taken last = ledger.taken.isEmpty() ? null : ledger.taken.getLast();
        boolean isNeighbour = last != null && last.address() >>> Align.PAGE_SHIFT == at >>> Align.PAGE_SHIFT;
        ledger.taken.add(new Taken(at, old, next, space, isLink, isNeighbour ? last.where() : region.where(at),
                isNeighbour ? last.site() : new CheckedError.Site("taken away", null)));
    }

    /** A table's life ends: no walker reads what stood in it. */
    static void freed(long frame) {
        FlushLedger ledger = OF_THREAD.get();
        if (!ledger.taken.isEmpty()) {
            ledger.taken.removeIf(one -> one.address() >>> Align.PAGE_SHIFT == frame >>> Align.PAGE_SHIFT);
        }
    }

    /** The calling thread advanced the epoch, which was {@code old}. */
    static void advanced(EpochRegion region, long old) {
        FlushLedger ledger = OF_THREAD.get();
        if (!ledger.isInSection()) {
            return;
        }
        if (EpochRegion.isFlush()) {
            for (LockedSection section : ledger.sections) {
                if (section.advanced == null) {
                    section.advanced = new CheckedError.Site("advanced", null);
                }
            }
        }
        ledger.advanced.addAll(ledger.taken);
        ledger.advanced.removeIf(Taken::isLink);
        ledger.taken.clear();
        ledger.awaited.clear();
        ledger.epoch = old;
        Set<Long> spaces = new HashSet<>();
        ledger.advanced.forEach(one -> spaces.add(one.space()));
        spaces.forEach(space -> region.addOpenSlots(space, ledger.awaited));
        ledger.finishWait();
    }

    /** The calling thread found {@code word} in the word of a slot. */
    static void loaded(long at, long word) {
        FlushLedger ledger = OF_THREAD.get();
        if (!ledger.awaited.isEmpty() && !SlotRegion.holds(word, ledger.epoch)) {
            ledger.awaited.remove(at);
            ledger.finishWait();
        }
    }

    private void finishWait() {
        if (awaited.isEmpty()) {
            advanced.clear();
        }
    }
}

package io.pinfold.core.words;

import io.pinfold.core.epoch.SlotTable;
import java.util.Map;

/** A chunk of the slots of sessions and Cpus; SlotLayout has the places of the words. */
final class SlotRegion extends ControlRegion {
    static final String WHAT = "sessions and CPUs";
    private static final int WORD = 0;
    private static final int SPACE = 8;
    private static final int OWNER = 16;

    private final long slotBytes;

    SlotRegion(long address, long bytes) {
        super(WHAT, address, bytes);
        this.slotBytes = bytes / SlotTable.CHUNK_SLOTS;
    }

    /** Whether a walk of an epoch up to {@code epoch} goes on. */
    static boolean holds(long word, long epoch) {
        return word > 0 && word <= epoch;
    }

    /** Who has the slot whose word is at {@code word}; 0 for none. */
    static long owner(long word) {
        return Words.peek(word - WORD + OWNER);
    }

    @Override
    void loaded(long at, long found) {
        if ((at - address) % slotBytes == WORD) {
            FlushLedger.loaded(at, found);
        }
    }

    /** Adds the words of the slots that are open for Cpus of {@code space}, with their owners. */
    void addOpen(long space, Map<Long, Long> words) {
        for (long slot = address; slot < address + bytes; slot += slotBytes) {
            long owner = Words.peek(slot + OWNER);
            if (Words.peek(slot + WORD) != 0 && owner != 0 && Words.peek(slot + SPACE) == space) {
                words.put(slot + WORD, owner);
            }
        }
    }
}

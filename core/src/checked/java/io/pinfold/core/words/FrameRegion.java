package io.pinfold.core.words;

import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import org.jspecify.annotations.Nullable;

/** The frames of a memory. What may be done to one follows from what it is; a free one may not be touched at all. */
final class FrameRegion extends Region {
    private static final long ZERO_PFN = 1;

    final FrameStates states;
    private volatile @Nullable RecordRegion records;

    FrameRegion(long address, long bytes) {
        super("frames", address, bytes);
        this.states = new FrameStates(address, bytes >>> Align.PAGE_SHIFT);
    }

    void setRecords(RecordRegion records) {
        this.records = records;
    }

    @Override
    void before(Access access, long at, int size, long operand, long next) {
        if (access == Access.RACY_LOAD) {
            return; // what it finds in a frame of another life is thrown away
        }
        long pfn = at - address >>> Align.PAGE_SHIFT;
        switch (states.state(pfn)) {
            case FrameStates.USER, FrameStates.DEVICE -> userWord(access, at, pfn);
            case FrameStates.TABLE -> tableWord(access, at, size, operand, pfn);
            case FrameStates.WAITING -> waitingFrame(access, at, pfn);
            case FrameStates.PENDING -> pendingFrame(access, at, pfn);
            default -> otherFrame(access, at, pfn);
        }
    }

    /** Loads, stores, and the compareAndSet of a Cpu. The other read-modify-writes belong to entries and counts. */
    private void userWord(Access access, long at, long pfn) {
        boolean isEntryOperation = access == Access.COMPARE_AND_EXCHANGE || access == Access.EXCHANGE
                || access == Access.ADD || access == Access.BITS;
        if (isEntryOperation) {
            throw new CheckedError(access + " at " + where(at) + ", which is user data and neither entry nor count",
                    states.cause(pfn));
        }
        states.touch(pfn);
    }

    private void tableWord(Access access, long at, int size, long operand, long pfn) {
        if (size != Long.BYTES) {
            throw new CheckedError(access + " of " + size + " bytes at " + where(at)
                    + ": entries are accessed as a whole", states.cause(pfn));
        }
        if (isDying(pfn)) {
            if (access != Access.OPAQUE_STORE) {
                throw new CheckedError(access + " at " + where(at) + " while the table is being freed",
                        states.cause(pfn));
            }
            return;
        }
        byte wanted = access.isPlain() ? FrameStates.INDEX : FrameStates.ENTRIES;
        byte known = states.discipline(pfn);
        if (known == FrameStates.UNKNOWN) {
            states.setDiscipline(pfn, wanted);
        } else if (known != wanted) {
            throw wanted == FrameStates.INDEX
                    ? new CheckedError(access + " at " + where(at) + ": live entries are never accessed plainly",
                            states.cause(pfn))
                    : new CheckedError(access + " at " + where(at) + ": its words were accessed plainly before",
                            states.firstPlain(pfn));
        }
        if (access == Access.ADD || access == Access.BITS) {
            throw new CheckedError(access + " at " + where(at) + ": entries are exchanged, not counted",
                    states.cause(pfn));
        }
        if (access == Access.STORE) {
            changed(at, pfn, Words.peek(at), operand);
        }
    }

    @Override
    void after(Access access, long at, long operand, long next, long found) {
        long pfn = at - address >>> Align.PAGE_SHIFT;
        if (states.state(pfn) == FrameStates.TABLE && access == Access.EXCHANGE) {
            changed(at, pfn, found, operand);
        } else if (states.state(pfn) == FrameStates.TABLE && access.isCompare() && found == operand) {
            changed(at, pfn, found, next);
        }
    }

    private void changed(long at, long pfn, long old, long next) {
        RecordRegion region = records;
        if (region != null && Taken.isLess(old, next)) {
            boolean isLink = region.levelOfTable(pfn) > Geometry.PTE && Entry.isTable(old);
            FlushLedger.exchanged(this, at, old, next, region.spaceOfTable(pfn), isLink);
        }
    }

    private boolean isDying(long pfn) {
        RecordRegion region = records;
        return region != null && region.count(pfn) == 0;
    }

    /** Readers in a scope may have found it; no other thread may touch it. */
    private void waitingFrame(Access access, long at, long pfn) {
        if (!access.isLoad()) {
            throw new CheckedError(access + " at " + where(at) + ", which readers in a scope may read",
                    states.cause(pfn));
        }
    }

    /** Its last reference is gone; a protected one is about to wait, or does by now. */
    private void pendingFrame(Access access, long at, long pfn) {
        RecordRegion region = records;
        boolean isProtected = region != null && (region.isProtected(pfn) || states.state(pfn) == FrameStates.WAITING);
        if (!access.isLoad() || !isProtected) {
            otherFrame(access, at, pfn);
        }
    }

    private void otherFrame(Access access, long at, long pfn) {
        if (pfn == ZERO_PFN && (access.isLoad() || access == Access.VIEW)) {
            return;
        }
        String what = states.state(pfn) == FrameStates.RESERVED ? ", which nobody may write" : "";
        throw new CheckedError(access + " at " + where(at) + what, states.cause(pfn));
    }

    @Override
    void range(Access access, long at, long length) {
        requireInside(access, at, length);
        long last = at + length - 1 - address >>> Align.PAGE_SHIFT;
        for (long pfn = at - address >>> Align.PAGE_SHIFT; pfn <= last; pfn++) {
            long start = Math.max(at, address + (pfn << Align.PAGE_SHIFT));
            switch (states.state(pfn)) {
                case FrameStates.USER, FrameStates.DEVICE -> states.touch(pfn);
                case FrameStates.WAITING -> waitingFrame(access, start, pfn);
                case FrameStates.PENDING -> pendingFrame(access, start, pfn);
                case FrameStates.TAKEN -> {
                    if (access != Access.FILL || !states.isTakenByMe(pfn)) {
                        otherFrame(access, start, pfn);
                    }
                    states.requirePoison(pfn); // a table begins: zeros first, type and count afterwards
                }
                case FrameStates.TABLE -> throw new CheckedError(access + " of the table at " + where(start),
                        states.cause(pfn));
                default -> otherFrame(access, start, pfn);
            }
        }
    }

    @Override
    String where(long at) {
        long pfn = at - address >>> Align.PAGE_SHIFT;
        long offset = at - address & Align.PAGE_BYTES - 1;
        RecordRegion region = records;
        String count = region == null || isDead() ? "" : ", count " + region.count(pfn);
        String word = states.state(pfn) == FrameStates.TABLE ? " (entry " + (offset >>> 3) + ")" : "";
        return "offset 0x" + Long.toHexString(offset) + word + " of frame " + pfn + " [" + states.describe(pfn) + count
                + "] of the memory at 0x" + Long.toHexString(address);
    }

}

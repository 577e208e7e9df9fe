package io.pinfold.core.words;

import static io.pinfold.core.words.FrameStates.DEVICE;
import static io.pinfold.core.words.FrameStates.LISTED;
import static io.pinfold.core.words.FrameStates.NEVER;
import static io.pinfold.core.words.FrameStates.PENDING;
import static io.pinfold.core.words.FrameStates.RESERVED;
import static io.pinfold.core.words.FrameStates.RETIRED;
import static io.pinfold.core.words.FrameStates.TABLE;
import static io.pinfold.core.words.FrameStates.TAKEN;
import static io.pinfold.core.words.FrameStates.USER;
import static io.pinfold.core.words.FrameStates.WAITING;

import io.pinfold.core.page.Compound;
import io.pinfold.core.page.FrameVersion;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageType;

/**
 * The page records of a memory. Records are type-stable: a walker may look at one and try to take a reference on it
 * without knowing its owner. What that means exactly is here, field by field; the rules are those of PageLayout,
 * PageRefs and FrameLife.
 *
 * <table>
 * <caption>what is legal on the record of a free frame</caption>
 * <tr><td>flags, count, compound, generation, version</td><td>loads that are not plain, by any thread</td></tr>
 * <tr><td>count</td><td>compare-and-set from a value that is not 0; if it succeeds, the frame was not free</td></tr>
 * <tr><td>list words of a free block's first frame</td><td>opaque accesses of FreeLists</td></tr>
 * <tr><td>the rest</td><td>loads by an inspection (audit, PageInfo)</td></tr>
 * </table>
 *
 * <p>On all records of a closed memory, which are zeros: loads that are not plain, compare-and-sets that cannot
 * succeed, and the claim to end a freeze, which changes nothing.
 */
final class RecordRegion extends Region {
    static final int BYTES = PageLayout.BYTES;

    private final FrameStates states;
    private volatile boolean isGivenBack;

    RecordRegion(long address, long bytes, FrameStates states) {
        super("page records", address, bytes);
        this.states = states;
    }

    /** The memory is closed. */
    void giveBack() {
        isGivenBack = true;
    }

    private long record(long pfn) {
        return address + (pfn << PageLayout.SHIFT);
    }

    private long pfnAt(long at) {
        return at - address >>> PageLayout.SHIFT;
    }

    private static int fieldAt(long at) {
        return (int) at & BYTES - 1; // records start on a page
    }

    /** Whether readers in a scope may have found the frame, which is in their owner's hands or was. */
    boolean isProtected(long pfn) {
        return (Words.peek(record(pfn) + PageLayout.FLAGS) & PageFlags.PROTECTED) != 0;
    }

    int count(long pfn) {
        return Words.peekHalf(record(pfn) + PageLayout.REFCOUNT);
    }

    /** Id of the address space that a table belongs to. */
    long spaceOfTable(long pfn) {
        return Words.peek(record(pfn) + PageLayout.TABLE_SPACE);
    }

    int levelOfTable(long pfn) {
        return Words.peekHalf(record(pfn) + PageLayout.TABLE_LIVE) >>> PageLayout.TABLE_LEVEL_SHIFT;
    }

    private long compound(long pfn) {
        return Words.peek(record(pfn) + PageLayout.COMPOUND);
    }

    private boolean isTail(long pfn) {
        return Compound.isTail(compound(pfn));
    }

    private boolean isFirstTail(long pfn) {
        return isTail(pfn) && Compound.headOf(compound(pfn)) == pfn - 1;
    }

    @Override
    void before(Access access, long at, int size, long operand, long next) {
        long pfn = pfnAt(at);
        byte state = states.state(pfn);
        int field = fieldAt(at);
        if (isGivenBack) {
            requireNoChange(access, at, operand);
            return;
        }
        if (access.isPlain()) {
            requireIndexNode(access, at, pfn, field);
        }
        switch (field) {
            case PageLayout.FLAGS -> flags(access, at, size, pfn, state, operand);
            case PageLayout.REFCOUNT -> refcount(access, at, size, pfn, state, operand, next);
            case PageLayout.PINCOUNT -> pincount(access, at, size, pfn, state, operand);
            case PageLayout.COMPOUND -> compound(access, at, size, pfn, state);
            case PageLayout.MAPPING, PageLayout.INDEX, PageLayout.PRIVATE ->
                    owner(access, at, size, pfn, state, operand);
            case PageLayout.LINK, PageLayout.LINK_PREV -> link(access, at, size, pfn, state);
            case PageLayout.MAPCOUNT -> mapcount(access, at, size, pfn, state, operand);
            case PageLayout.GENERATION -> generation(access, at, size, pfn, state, operand);
            default -> throw error(access, at, "is no field");
        }
    }

    private CheckedError error(Access access, long at, String why) {
        return new CheckedError(access + " at " + where(at) + " " + why, states.cause(pfnAt(at)));
    }

    private void requireSize(Access access, long at, int size, int wanted) {
        if (size != wanted) {
            throw error(access, at, "has " + wanted + " bytes, not " + size);
        }
    }

    /**
     * The one plain access: the number of live entries of an index node, guarded by the mutex of the index like its
     * words.
     */
    private void requireIndexNode(Access access, long at, long pfn, int field) {
        if (field != PageLayout.TABLE_LIVE || states.state(pfn) != TABLE
                || states.discipline(pfn) == FrameStates.ENTRIES) {
            throw error(access, at, "is shared: never plain");
        }
    }

    // ---- fields
    // ------------------------------------------------------------------------------------------------------

    private void flags(Access access, long at, int size, long pfn, byte state, long value) {
        requireSize(access, at, size, Long.BYTES);
        switch (access) {
            case LOAD, OPAQUE_LOAD -> {
                // by any thread at any time
            }
            case BITS -> {
                if (value != ~PageFlags.FROZEN) { // a claim to end a freeze: fails on a free frame
                    requireLive(access, at, state, state == PENDING);
                }
                long changed = value < 0 ? ~value : value; // an And is told what stays
                if (isTail(pfn) && (changed & ~PageFlags.OF_PAGE) != 0) {
                    throw error(access, at, "changes 0x" + Long.toHexString(changed)
                            + ", but what is the folio's stands in its head");
                }
            }
            case EXCHANGE -> {
                if (PageType.ofFlags(value) != PageType.PENDING) {
                    throw error(access, at, "is exchanged only for a life that is over");
                }
                changeType(access, at, pfn, state, PageType.PENDING);
            }
            case STORE -> {
                Callers.forget();
                changeType(access, at, pfn, state, PageType.ofFlags(value));
            }
            default -> throw error(access, at, "is changed by bits while it is live and stored when its life changes");
        }
    }

    private void changeType(Access access, long at, long pfn, byte state, int type) {
        boolean isFree = state == NEVER || state == TAKEN;
        switch (type) {
            case PageType.BUDDY -> states.list(pfn,
                    (int) Words.peek(record(pfn) + PageLayout.BUDDY_ORDER));
            case PageType.NEVER_USED, PageType.FREE_BODY -> {
                if (states.isListedHead(pfn)) {
                    states.unlist(pfn);
                } else {
                    requireOver(access, at, pfn, state);
                    states.end(pfn, TAKEN);
                }
            }
            case PageType.RETIRED -> {
                requireOver(access, at, pfn, state);
                states.end(pfn, RETIRED);
            }
            case PageType.PENDING -> {
                requireOver(access, at, pfn, state);
                states.pending(pfn);
            }
            case PageType.WAITING -> {
                if (state != PENDING) {
                    throw error(access, at, "waits for read scopes and was not freed");
                }
                states.waiting(pfn);
            }
            default -> {
                byte begun = switch (type) {
                    case PageType.USER -> USER;
                    case PageType.TABLE -> TABLE;
                    case PageType.DEVICE -> DEVICE;
                    case PageType.RESERVED -> RESERVED;
                    default -> throw error(access, at, "gets " + PageType.nameOf(type));
                };
                if (begun == USER && state == USER && count(pfn) == 0) {
                    return; // RECYCLE3: another life in place, with the data of the last one
                }
                if (!isFree || count(pfn) != 0 || state == NEVER && (begun == USER || begun == TABLE)) {
                    throw error(access, at, "becomes " + PageType.nameOf(type) + " with a count of " + count(pfn)
                            + " and not from a free list");
                }
                long word = compound(pfn); // written before the type
                long group = Compound.isTail(word)
                        ? Compound.headOf(word)
                        : Compound.isLargeHead(word) ? pfn : FrameStates.ALONE;
                states.begin(pfn, begun, group);
            }
        }
    }

    private void requireOver(Access access, long at, long pfn, byte state) {
        if (!FrameStates.isLive(state) && state != PENDING && state != WAITING) {
            throw error(access, at, "ends a life that is over");
        }
        if (count(pfn) != 0) {
            throw error(access, at, "ends a life with " + count(pfn) + " references");
        }
    }

    private void refcount(Access access, long at, int size, long pfn, byte state, long operand, long next) {
        requireSize(access, at, size, Integer.BYTES);
        switch (access) {
            case LOAD, OPAQUE_LOAD -> {
                // by any thread at any time
            }
            case COMPARE_AND_SET, COMPARE_AND_EXCHANGE -> {
                if (operand == 0) { // the end of a freeze
                    requireLive(access, at, state, false);
                    requireNoTail(access, at, pfn);
                }
            }
            case ADD -> {
                requireLive(access, at, state, false);
                requireNoTail(access, at, pfn);
            }
            case STORE -> {
                requireLive(access, at, state, false);
                if (operand == 0 && state != DEVICE) {
                    throw error(access, at, "is taken to 0 by a store");
                }
                if (operand != 0) {
                    requireNoTail(access, at, pfn);
                    if (count(pfn) != 0) {
                        throw error(access, at, "is not 0: a store loses the references of others");
                    }
                }
            }
            default -> throw error(access, at, "is a count");
        }
    }

    private void pincount(Access access, long at, int size, long pfn, byte state, long operand) {
        requireSize(access, at, size, Integer.BYTES);
        switch (access) {
            case LOAD, OPAQUE_LOAD, PLAIN_LOAD, PLAIN_STORE -> requireReadable(access, at, state);
            case ADD -> {
                requireLive(access, at, state, false);
                boolean counts = state != TABLE && (Compound.isLargeHead(compound(pfn)) || isFirstTail(pfn));
                if (!counts) {
                    throw error(access, at, "counts neither pins nor mappings of the whole in this record");
                }
            }
            case OPAQUE_STORE -> {
                boolean isEnd = operand == 0 && count(pfn) == 0 && state != LISTED;
                if (state != TABLE && state != TAKEN && !isEnd) {
                    throw error(access, at, "is stored to only for a table and at the end of a life");
                }
            }
            default -> throw error(access, at, "is a count");
        }
    }

    private void compound(Access access, long at, int size, long pfn, byte state) {
        requireSize(access, at, size, Long.BYTES);
        switch (access) {
            case LOAD, OPAQUE_LOAD -> {
                // by any thread at any time
            }
            case STORE -> {
                if (state == LISTED || count(pfn) != 0) {
                    throw error(access, at,
                            "is written while nobody can take a reference, and this frame has a count of "
                                    + count(pfn));
                }
            }
            default -> throw error(access, at, "is loaded and stored");
        }
    }

    /** Mapping, index, private; and what lies over them in free blocks and tables. */
    private void owner(Access access, long at, int size, long pfn, byte state, long operand) {
        requireSize(access, at, size, Long.BYTES);
        switch (access) {
            case OPAQUE_LOAD, LOAD -> {
                boolean isList = access == Access.OPAQUE_LOAD && states.isListedHead(pfn);
                // readers by handle load two of the words whatever the frame is
                boolean isReaders = fieldAt(at) == PageLayout.VERSION
                        || fieldAt(at) == PageLayout.WAIT_EPOCH && access == Access.LOAD;
                if (!isList && !isReaders) {
                    requireReadable(access, at, state);
                }
            }
            case OPAQUE_STORE, STORE -> {
                boolean isList = state == LISTED && access == Access.OPAQUE_STORE && states.isListedHead(pfn)
                        && Callers.isFreeLists();
                boolean isFree = state == NEVER || state == TAKEN;
                if (!isList && !(isFree && access == Access.OPAQUE_STORE)) {
                    requireLive(access, at, state, state == PENDING || state == WAITING);
                }
            }
            case ADD, COMPARE_AND_EXCHANGE, COMPARE_AND_SET -> {
                boolean isStamp = fieldAt(at) == PageLayout.WAIT_EPOCH && access == Access.COMPARE_AND_EXCHANGE;
                // who is late expects a version, which the word does not hold once the frame is free
                boolean isVersion = fieldAt(at) == PageLayout.VERSION && access == Access.COMPARE_AND_SET
                        && (FrameVersion.isEven(operand) || FrameVersion.isOdd(operand));
                if (!isStamp && !isVersion && (fieldAt(at) != PageLayout.HANDLE_HOLDS || state != USER)) {
                    throw error(access, at, "counts holds by handle, or writes, in a user page alone");
                }
            }
            default -> throw error(access, at, "is loaded and stored");
        }
    }

    private void link(Access access, long at, int size, long pfn, byte state) {
        boolean mayBePagemap = fieldAt(at) == PageLayout.PGMAP
                && (state == DEVICE || state == NEVER || state == TAKEN);
        if (!(mayBePagemap && size == Long.BYTES)) {
            requireSize(access, at, size, Integer.BYTES);
            if (state == DEVICE) {
                throw error(access, at, "is the pagemap of a device page: 8 bytes");
            }
        }
        switch (access) {
            case LOAD, OPAQUE_LOAD -> requireReadable(access, at, state);
            case OPAQUE_STORE -> {
                if (state != NEVER && state != TAKEN) {
                    requireLive(access, at, state, state == PENDING || state == WAITING);
                }
            }
            default -> throw error(access, at, "is loaded and stored, opaque");
        }
    }

    /** Number of mappings, or the lock of a table. */
    private void mapcount(Access access, long at, int size, long pfn, byte state, long operand) {
        requireSize(access, at, size, Integer.BYTES);
        switch (access) {
            case LOAD, OPAQUE_LOAD -> requireReadable(access, at, state);
            case ADD -> {
                requireLive(access, at, state, false);
                if (state == TABLE) {
                    throw error(access, at, "is a lock in this record");
                }
            }
            case COMPARE_AND_SET, COMPARE_AND_EXCHANGE, EXCHANGE -> {
                requireLive(access, at, state, false);
                if (state != TABLE) {
                    throw error(access, at, "is no lock in this record");
                }
            }
            case OPAQUE_STORE -> {
                if (state != DEVICE || operand != 0 || count(pfn) != 0) {
                    throw error(access, at, "is stored to only when a device page goes");
                }
            }
            default -> throw error(access, at, "is a count or a lock");
        }
    }

    private void generation(Access access, long at, int size, long pfn, byte state, long value) {
        requireSize(access, at, size, Integer.BYTES);
        switch (access) {
            case LOAD, OPAQUE_LOAD -> {
                // by any thread at any time
            }
            case STORE -> {
                int known = Words.peekHalf(at);
                boolean isNext = (int) value == known + 1 || value == -1;
                boolean isInPlace = state == USER && count(pfn) == 0; // RECYCLE4: its only holder has frozen it
                if (state != TAKEN && state != RETIRED && state != WAITING && !isInPlace || !isNext) {
                    throw error(access, at, "goes up by one at the end of a life, not from " + known + " to " + value);
                }
            }
            default -> throw error(access, at, "is loaded and stored");
        }
    }

    // ---- rules
    // -------------------------------------------------------------------------------------------------------

    private void requireLive(Access access, long at, byte state, boolean orElse) {
        if (!FrameStates.isLive(state) && !orElse) {
            throw error(access, at, "of a frame that is free");
        }
    }

    private void requireReadable(Access access, long at, byte state) {
        if (!FrameStates.isLive(state) && state != PENDING && state != WAITING && state != RETIRED
                && !Callers.isInspection(pfnAt(at))) {
            throw error(access, at, "of a frame that is free is nobody's business");
        }
    }

    private void requireNoChange(Access access, long at, long operand) {
        boolean isClaim = access == Access.BITS && operand == ~PageFlags.FROZEN;
        boolean isFailure = access.isCompare() && operand != 0;
        if (access != Access.LOAD && access != Access.OPAQUE_LOAD && !isClaim && !isFailure) {
            throw error(access, at, "of a closed memory");
        }
    }

    private void requireNoTail(Access access, long at, long pfn) {
        if (isTail(pfn)) {
            throw error(access, at, "of a tail, whose own count stays 0");
        }
    }

    @Override
    void after(Access access, long at, long operand, long next, long found) {
        int field = fieldAt(at);
        long pfn = pfnAt(at);
        if (isGivenBack) {
            return;
        }
        if (field == PageLayout.MAPCOUNT && access == Access.ADD && (int) (found + operand) < 0) {
            throw error(access, at, "takes the number of mappings from " + found + " below 0");
        }
        if (field != PageLayout.REFCOUNT) {
            return;
        }
        byte state = states.state(pfn);
        if (access == Access.ADD && found == 0 && operand > 0 && state != DEVICE) {
            throw error(access, at, "raises the count from 0, which only an allocation may do");
        }
        // a thread that has just taken a reference keeps the frame what it is
        if (access.isCompare() && found == operand && next > operand
                && (!FrameStates.isLive(state) || isTail(pfn) || state == TABLE)) {
            throw error(access, at, "changes from " + operand + " to " + next + " on what nobody can hold");
        }
    }

    @Override
    void range(Access access, long at, long length) {
        throw new CheckedError(access + " of " + length + " bytes of records from " + where(at), null);
    }

    @Override
    String where(long at) {
        long pfn = pfnAt(at);
        return "the " + field(fieldAt(at), states.state(pfn)) + " of the record of frame " + pfn + " ["
                + states.describe(pfn) + "] of the records at 0x" + Long.toHexString(address);
    }

    private static String field(int field, byte state) {
        boolean isTable = state == TABLE;
        return switch (field) {
            case PageLayout.FLAGS -> "flags";
            case PageLayout.REFCOUNT -> "reference count";
            case PageLayout.PINCOUNT -> isTable ? "live entries" : "pin count";
            case PageLayout.COMPOUND -> "compound word";
            case PageLayout.MAPPING -> isTable ? "space" : state == LISTED ? "next block" : "mapping";
            case PageLayout.INDEX -> isTable ? "base address" : state == LISTED ? "previous block" : "index";
            case PageLayout.PRIVATE -> isTable ? "deposit" : state == LISTED ? "order" : "private word";
            case PageLayout.LINK -> state == DEVICE ? "pagemap" : "link";
            case PageLayout.LINK_PREV -> "second link";
            case PageLayout.MAPCOUNT -> isTable ? "lock" : "number of mappings";
            case PageLayout.GENERATION -> "generation";
            default -> "offset " + field;
        };
    }
}

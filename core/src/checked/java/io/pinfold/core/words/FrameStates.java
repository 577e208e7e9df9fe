package io.pinfold.core.words;

import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.page.PageType;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What every frame of one memory is right now and who made it so, followed through the types that are stored into the
 * records:
 *
 * <pre>
 *            pushed on a list       taken off a list        type stored
 * NEVER_USED ---------------> LISTED ----------------> TAKEN -----------> USER, TABLE, DEVICE, RESERVED
 *                               ^                        ^                      |
 *                               +------------------------+----------------------+ type FREE_BODY stored: freed
 * </pre>
 *
 * <p>A freed user frame that was touched is poisoned here, a table's is poisoned by the product; whether the poison is
 * still there is checked when the frame is handed out again.
 */
final class FrameStates {
    static final byte NEVER = 0;
    static final byte LISTED = 1;
    /** Off the lists and not handed out: the business of one thread. */
    static final byte TAKEN = 2;
    static final byte USER = 3;
    static final byte TABLE = 4;
    static final byte DEVICE = 5;
    static final byte RESERVED = 6;
    static final byte RETIRED = 7;
    /** Its last reference is gone; it waits on a FreeBatch. */
    static final byte PENDING = 8;
    /** Its life is over, and readers in a scope may read it still. */
    static final byte WAITING = 9;

    /** How the words of a table are accessed: not at all, as page-table entries, as nodes of a locked index. */
    static final byte UNKNOWN = 0;
    static final byte ENTRIES = 1;
    static final byte INDEX = 2;

    private static final byte UNTOUCHED = 0;
    private static final byte TOUCHED = 1;
    private static final byte POISONED = 2;
    private static final byte POISONED_TABLE = 3;

    private static final int CHUNK_SHIFT = 10;
    private static final int CHUNK_FRAMES = 1 << CHUNK_SHIFT;
    private static final byte POISON = (byte) 0xDB;
    private static final long POISON_LONG = 0xDBDB_DBDB_DBDB_DBDBL;

    private static final class Chunk {
        final byte[] states = new byte[CHUNK_FRAMES];
        final byte[] orders = new byte[CHUNK_FRAMES]; // of the free block that starts here, plus 1
        final byte[] contents = new byte[CHUNK_FRAMES];
        final byte[] disciplines = new byte[CHUNK_FRAMES];
        final int[] takers = new int[CHUNK_FRAMES];
        final @Nullable Throwable[] allocated = new Throwable[CHUNK_FRAMES];
        final @Nullable Throwable[] freed = new Throwable[CHUNK_FRAMES];
        final @Nullable Throwable[] firstPlain = new Throwable[CHUNK_FRAMES];
    }

    private static final String CORE = "io.pinfold.core.";
    static final Set<String> THROUGH = Set.of(CORE + "words.Words", CORE + "words.Regions",
            CORE + "words.RecordRegion", CORE + "words.FrameStates", CORE + "page.PageFlags", CORE + "page.PageRefs",
            CORE + "page.LifeEnd", CORE + "memory.zone.FrameLife", CORE + "memory.frame.Blocks",
            CORE + "memory.frame.FreeBatch", CORE + "memory.frame.Grab", CORE + "memory.frame.RetiredTables",
            CORE + "memory.frame.RetiredFrames");

    /** A site of its own; the tails behind a head that was put; pages of one pagemap. Else a head's pfn. */
    static final long ALONE = -1;
    private static final long TAILS = -2;
    private static final long DEVICE_GROUP = -3;

    /** The site of a neighbour's event just before: a large folio has one, not thousands. */
    private static final class Recent {
        String what = "";
        long pfn;
        long group;
        @Nullable
        Throwable site;
    }

    private static final ThreadLocal<Recent> RECENT = ThreadLocal.withInitial(Recent::new);

    private final long frameBase;
    private final long frames;
    private final AtomicReferenceArray<Chunk> chunks;

    FrameStates(long frameBase, long frames) {
        this.frameBase = frameBase;
        this.frames = frames;
        this.chunks = new AtomicReferenceArray<>(Math.toIntExact(frames + CHUNK_FRAMES - 1 >>> CHUNK_SHIFT));
    }

    long frames() {
        return frames;
    }

    private Chunk chunk(long pfn) {
        int index = (int) (pfn >>> CHUNK_SHIFT);
        Chunk chunk = chunks.get(index);
        if (chunk == null) {
            chunks.compareAndSet(index, null, new Chunk());
            chunk = chunks.get(index);
        }
        return chunk;
    }

    private static int slot(long pfn) {
        return (int) pfn & CHUNK_FRAMES - 1;
    }

    byte state(long pfn) {
        Chunk chunk = chunks.get((int) (pfn >>> CHUNK_SHIFT));
        return chunk == null ? NEVER : chunk.states[slot(pfn)];
    }

    static boolean isLive(byte state) {
        return state >= USER && state <= RESERVED;
    }

    /** Whether a free block starts at the frame. */
    boolean isListedHead(long pfn) {
        Chunk chunk = chunk(pfn);
        return chunk.states[slot(pfn)] == LISTED && chunk.orders[slot(pfn)] != 0;
    }

    boolean isTakenByMe(long pfn) {
        Chunk chunk = chunk(pfn);
        return chunk.states[slot(pfn)] == TAKEN && chunk.takers[slot(pfn)] == me();
    }

    private static int me() {
        return (int) Thread.currentThread().threadId();
    }

    // ---- free lists -------------------------------------------------------------------------------------------------

    /** A block goes onto a free list. */
    void list(long head, int order) {
        for (long pfn = head; pfn < head + (1L << order); pfn++) {
            byte state = state(pfn);
            if (state != NEVER && state != TAKEN) {
                throw new CheckedError("frame " + pfn + " of the block of order " + order + " at " + head
                        + " goes onto a free list but is " + describe(pfn), cause(pfn));
            }
        }
        mark(head, order, LISTED);
        chunk(head).orders[slot(head)] = (byte) (order + 1);
    }

    /** A block comes off its free list. */
    void unlist(long head) {
        Chunk chunk = chunk(head);
        int order = chunk.orders[slot(head)] - 1;
        chunk.orders[slot(head)] = 0;
        mark(head, order, TAKEN);
    }

    private void mark(long head, int order, byte state) {
        // an allocator's block never leaves its unit of 1024 frames
        Chunk chunk = chunk(head);
        Arrays.fill(chunk.states, slot(head), slot(head) + (1 << order), state);
        if (state == TAKEN) {
            Arrays.fill(chunk.takers, slot(head), slot(head) + (1 << order), me());
        }
    }

    // ---- lives ------------------------------------------------------------------------------------------------------

    /**
     * A frame is handed out.
     *
     * @param group the head's pfn in a large folio, whose frames share one site, else {@link #ALONE}
     */
    void begin(long pfn, byte state, long group) {
        Chunk chunk = chunk(pfn);
        int slot = slot(pfn);
        requirePoison(pfn);
        chunk.contents[slot] = UNTOUCHED;
        chunk.disciplines[slot] = UNKNOWN;
        chunk.firstPlain[slot] = null;
        chunk.allocated[slot] = site("allocated", pfn, state == DEVICE ? DEVICE_GROUP : group);
        chunk.states[slot] = state;
    }

    /** The last reference of a folio is gone. */
    void pending(long pfn) {
        chunk(pfn).freed[slot(pfn)] = site("freed", pfn, ALONE);
        chunk(pfn).states[slot(pfn)] = PENDING;
    }

    /** The life of a protected frame ends, and it is not free yet. */
    void waiting(long pfn) {
        chunk(pfn).states[slot(pfn)] = WAITING;
    }

    /** A frame's life ends. */
    void end(long pfn, byte state) {
        Chunk chunk = chunk(pfn);
        int slot = slot(pfn);
        byte before = chunk.states[slot];
        if (before == PENDING || before == WAITING) { // who put the last reference tells more than who drained
            remember("freed", pfn, TAILS, chunk.freed[slot]);
        } else {
            chunk.freed[slot] = site("freed", pfn, before == USER ? TAILS : before == DEVICE ? DEVICE_GROUP : ALONE);
        }
        if (before == TABLE) {
            FlushLedger.freed(frame(pfn));
            chunk.contents[slot] = POISONED_TABLE;
        } else if (chunk.contents[slot] == TOUCHED && before != DEVICE) {
            Words.poison(frame(pfn), Align.PAGE_BYTES, POISON);
            chunk.contents[slot] = POISONED;
        }
        chunk.takers[slot] = me();
        chunk.states[slot] = state;
    }

    /**
     * A frame that comes back for a new life still holds what was written at its end; from now on it may be
     * overwritten.
     */
    void requirePoison(long pfn) {
        Chunk chunk = chunk(pfn);
        byte content = chunk.contents[slot(pfn)];
        if (content != POISONED && content != POISONED_TABLE) {
            return;
        }
        chunk.contents[slot(pfn)] = UNTOUCHED;
        long expected = content == POISONED ? POISON_LONG : Blocks.TABLE_POISON;
        for (long at = frame(pfn); at < frame(pfn) + Align.PAGE_BYTES; at += Long.BYTES) {
            long found = Words.peek(at);
            if (found != expected) {
                throw new CheckedError("frame " + pfn + " was written to while it was free: 0x"
                        + Long.toHexString(found) + " at offset 0x" + Long.toHexString(at - frame(pfn))
                        + " where 0x" + Long.toHexString(expected) + " had been left", cause(pfn));
            }
        }
    }

    void touch(long pfn) {
        Chunk chunk = chunk(pfn);
        if (chunk.contents[slot(pfn)] != TOUCHED) {
            chunk.contents[slot(pfn)] = TOUCHED;
        }
    }

    byte discipline(long pfn) {
        return chunk(pfn).disciplines[slot(pfn)];
    }

    /** The first access to a table in its life says what its words are. */
    void setDiscipline(long pfn, byte discipline) {
        Chunk chunk = chunk(pfn);
        if (discipline == INDEX) {
            chunk.firstPlain[slot(pfn)] = new CheckedError.Site("accessed plainly first", null);
        }
        chunk.disciplines[slot(pfn)] = discipline;
    }

    @Nullable
    Throwable firstPlain(long pfn) {
        return chunk(pfn).firstPlain[slot(pfn)];
    }

    private long frame(long pfn) {
        return frameBase + (pfn << Align.PAGE_SHIFT);
    }

    // ---- messages ---------------------------------------------------------------------------------------------------

    private static Throwable site(String what, long pfn, long group) {
        Recent recent = RECENT.get();
        boolean isShared = group != ALONE && recent.site != null && recent.group == group && recent.what.equals(what)
                && Math.abs(pfn - recent.pfn) == 1;
        Throwable site = isShared ? recent.site : new CheckedError.Site(what, null);
        remember(what, pfn, group, site);
        return site;
    }

    private static void remember(String what, long pfn, long group, @Nullable Throwable site) {
        Recent recent = RECENT.get();
        recent.what = what;
        recent.pfn = pfn;
        recent.group = group;
        recent.site = site;
    }

    /** Who freed the frame, with who had allocated it behind; or only the latter while it is live. */
    @Nullable
    Throwable cause(long pfn) {
        Chunk chunk = chunk(pfn);
        Throwable allocated = chunk.allocated[slot(pfn)];
        Throwable freed = chunk.freed[slot(pfn)];
        if (isLive(chunk.states[slot(pfn)]) || freed == null) {
            return allocated;
        }
        Throwable both = new CheckedError.Site("frame " + pfn + " " + freed.getMessage() + "; seen", allocated);
        both.setStackTrace(freed.getStackTrace());
        return both;
    }

    /** What the frame is, and who freed it where if it is free. */
    String describe(long pfn) {
        byte state = state(pfn);
        Throwable freed = chunk(pfn).freed[slot(pfn)];
        String name = switch (state) {
            case NEVER -> "never handed out";
            case LISTED -> "on a free list";
            case TAKEN -> "free, in the hands of the allocator";
            case USER -> PageType.nameOf(PageType.USER);
            case TABLE -> PageType.nameOf(PageType.TABLE);
            case DEVICE -> PageType.nameOf(PageType.DEVICE);
            case RESERVED -> PageType.nameOf(PageType.RESERVED);
            case RETIRED -> PageType.nameOf(PageType.RETIRED);
            case WAITING -> "waiting for read scopes";
            default -> "waiting to be freed";
        };
        return isLive(state) || freed == null ? name : name + ", " + freed.getMessage() + " at " + place(freed);
    }

    /** The first frame of a stack trace that is neither this checker's nor one that every freeing goes through. */
    private static String place(Throwable site) {
        StackTraceElement[] trace = site.getStackTrace();
        for (StackTraceElement element : trace) {
            if (!THROUGH.contains(element.getClassName())) {
                return element.toString();
            }
        }
        return trace.length == 0 ? "?" : trace[0].toString();
    }
}

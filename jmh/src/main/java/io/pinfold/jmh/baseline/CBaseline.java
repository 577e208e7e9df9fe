package io.pinfold.jmh.baseline;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Words;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/**
 * One user of the C side, the counterpart of a session and a batch on the Java side. It walks the tables of a living
 * address space and counts on the records of its memory, so both must stay open and unchanged while a call runs; its
 * walker slot and its batch control block are its own, of the same shape as core's, and no reclaimer looks at them.
 *
 * <p>One thread at a time.
 */
public final class CBaseline {
    /** Offsets in {@code struct gup} of fast_gup.c. */
    private static final int FRAME_BASE = 0;
    private static final int RECORD_BASE = 8;
    private static final int FRAMES = 16;
    private static final int ZERO_PFN = 24;
    private static final int CONTROL = 32;
    private static final int SLOT = 40;
    private static final int EPOCH = 48;
    private static final int IDLE = 56;
    private static final int BATCH = 64;
    private static final int BATCH_ID = 72;
    private static final int OUT = 80;
    private static final int CAPACITY = 88;
    private static final int PAGES = 100;
    private static final int START = 112;
    private static final int RANGE = 120;
    private static final int OFFSET = 128;
    private static final int FLAGS = 136;
    private static final int BYTES = 144;

    private static final int SLOT_BYTES = 1024;
    private static final int BATCH_BYTES = 512;
    /** The value of a slot's word between walks, and the number and states of a batch, as core writes them. */
    private static final long IDLE_WORD = -2;
    private static final long FIRST_BATCH = 1;
    private static final int STATE_BITS = 3;

    private final AddressSpace space;
    private final MemorySegment block;
    private final long gup;
    private final int capacity;

    /** The functions, linked when the first baseline is made; without a library no baseline is made. */
    private static final class Functions {
        private static final FunctionDescriptor CALLS = FunctionDescriptor.of(ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
        static final MethodHandle LIST_GET = NativeAccess.critical(library(), "list_get", CALLS);
        static final MethodHandle LIST_PIN = NativeAccess.critical(library(), "list_pin", CALLS);
        static final MethodHandle EXTENTS_GET = NativeAccess.critical(library(), "extents_get", CALLS);
        static final MethodHandle EXTENTS_PIN = NativeAccess.critical(library(), "extents_pin", CALLS);
        static final MethodHandle TWO_ATOMICS = NativeAccess.critical(library(), "two_atomics",
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

        private Functions() {
        }

        private static SymbolLookup library() {
            SymbolLookup functions = CLibrary.system().functions();
            if (functions == null) {
                throw new IllegalStateException(CLibrary.system().whyNot());
            }
            return functions;
        }
    }

    /**
     * Opens a user of {@code space}.
     *
     * @param capacity most pages a call may ask for
     * @throws IllegalStateException if there is no C side, see {@link #isAvailable}
     */
    public CBaseline(AddressSpace space, int capacity) {
        this.space = space;
        this.capacity = capacity;
        PhysicalMemory memory = space.memory();
        long outBytes = 2L * Integer.BYTES * capacity; // extents need twice the room of a list
        block = Arena.ofAuto().allocate(BYTES + 256 + SLOT_BYTES + BATCH_BYTES + outBytes, 128);
        gup = block.address();
        long slot = gup + 256;
        long batch = slot + SLOT_BYTES;
        Words.setLong(slot, IDLE_WORD);
        long epoch = slot + SLOT_BYTES - 128;
        Words.setLong(epoch, 1);
        Words.setLong(batch, FIRST_BATCH << STATE_BITS);
        Words.setLong(gup + FRAME_BASE, Bridge.core(memory).frameBasePage() << Align.PAGE_SHIFT);
        Words.setLong(gup + RECORD_BASE, Bridge.core(memory).recordBasePage() << Align.PAGE_SHIFT);
        Words.setLong(gup + FRAMES, memory.frames());
        Words.setLong(gup + ZERO_PFN, memory.zeroPfn());
        Words.setLong(gup + CONTROL, Bridge.control(space));
        Words.setLong(gup + SLOT, slot);
        Words.setLong(gup + EPOCH, epoch);
        Words.setLong(gup + IDLE, IDLE_WORD);
        Words.setLong(gup + BATCH, batch);
        Words.setLong(gup + BATCH_ID, FIRST_BATCH);
        Words.setLong(gup + OUT, batch + BATCH_BYTES);
        Words.setInt(gup + CAPACITY, capacity);
    }

    /** Whether this machine has a C compiler and the compiler accepted the source. */
    public static boolean isAvailable() {
        return CLibrary.system().functions() != null;
    }

    /** The reason why {@link #isAvailable} is false; empty when it is true. */
    public static String whyNot() {
        return CLibrary.system().whyNot();
    }

    /** The compiler, as it names itself, and its command line; empty without a compiler. */
    public static String compiler() {
        String compiler = CLibrary.system().compiler();
        return compiler.isEmpty() ? "" : compiler + ", " + String.join(" ", CLibrary.COMMAND);
    }

    /**
     * Sets what the following calls ask for: {@code pages} pages at {@code start + offset}, the next ones at the next
     * pages, and from the start again at the end of the range.
     */
    public void ask(long start, long bytes, long offset, int pages, int flags) {
        if (pages > capacity) {
            throw new IllegalArgumentException(pages + " pages do not fit into " + capacity);
        }
        Words.setLong(gup + START, start);
        Words.setLong(gup + RANGE, bytes);
        Words.setLong(gup + OFFSET, offset);
        Words.setInt(gup + PAGES, pages);
        Words.setInt(gup + FLAGS, flags);
    }

    /** Runs get_user_pages_fast and put_page {@code calls} times in one downcall; returns the pages obtained in all. */
    public int listGet(int calls) {
        try {
            return ended((int) Functions.LIST_GET.invokeExact(gup, calls));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /**
     * Runs pin_user_pages_fast and unpin_user_page {@code calls} times in one downcall; returns the pages obtained in
     * all.
     */
    public int listPin(int calls) {
        try {
            return ended((int) Functions.LIST_PIN.invokeExact(gup, calls));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Does what {@link #listGet} does, with extents. */
    public int extentsGet(int calls) {
        try {
            return ended((int) Functions.EXTENTS_GET.invokeExact(gup, calls));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Does what {@link #listPin} does, with extents. */
    public int extentsPin(int calls) {
        try {
            return ended((int) Functions.EXTENTS_PIN.invokeExact(gup, calls));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /**
     * Runs the floor in one downcall: two locked instructions per page and nothing else, {@code pages} pages a call.
     *
     * @param pfns  native array of frame numbers
     * @param all   its length
     * @param first index of the first call's first page
     * @return the number of instructions that succeeded
     */
    public int twoAtomics(MemorySegment pfns, int all, int first, int pages, int calls) {
        try {
            int done = ended((int) Functions.TWO_ATOMICS.invokeExact(
                    Bridge.core(space.memory()).recordBasePage() << Align.PAGE_SHIFT, pfns.address(), all, first, pages,
                    calls));
            Reference.reachabilityFence(pfns);
            return done;
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /**
     * Both must be reachable until the downcall has returned: the block is freed with its segment, the tables with the
     * space.
     */
    private int ended(int result) {
        Reference.reachabilityFence(space);
        Reference.reachabilityFence(block);
        return result;
    }

    private static IllegalStateException failed(Throwable e) {
        return new IllegalStateException("downcall failed", e);
    }
}

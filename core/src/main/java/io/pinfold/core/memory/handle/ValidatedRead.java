package io.pinfold.core.memory.handle;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.FrameVersion;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Align;
import io.pinfold.core.words.Waits;
import io.pinfold.core.words.Words;
import java.lang.foreign.MemorySegment;

/**
 * Reads of frames by handle that hold nothing and store nothing: the data is read first and then compared with what it
 * should be, a version and a generation. The other side is {@link FrameWrite}.
 *
 * <h2>Protocol: validated read, against write, freeze, free and close</h2>
 *
 * <pre>
 * Reader, holds nothing                               Writer, holds the frame
 * VALID1 version, volatile load: even; else wait for  WRITE1 version: even -&gt; the odd one after it, volatile
 *        the writer, or refuse                               CAS; else another thread writes
 * VALID2 generation is the handle's, volatile load;   WRITE2 storeStoreFence; then the data, in any mode
 *        else refuse                                  WRITE3 version: odd -&gt; the even one after it, release at
 * VALID3 the data, racy loads                                least
 * VALID4 acquireFence
 * VALID5 version and generation once more, opaque
 *        loads: the same; else again from VALID1
 * </pre>
 *
 * <p>A freeze (OWNER2) is WRITE1 and WRITE2 before the count, an unfreeze (OWNER3) is WRITE3 before the count. The end
 * of a life stores a version of 0, which is none (FREE3), and bumps the generation (FREE4). A new life begins with an
 * odd version (ALLOC2); OWNER1 fills the frame and does WRITE3.
 *
 * <p><b>No torn value is answered.</b> If VALID3 reads what was stored behind WRITE2, then WRITE2 has kept WRITE1
 * before that store, and VALID4 keeps VALID5 behind VALID3: VALID5 reads the odd version of that write or a later one.
 * VALID1 read an even one. If the two are the same, it is that of WRITE3 or a later one, so VALID1 has acquired all of
 * the write. The compareAndSet of WRITE1 does not do the work of WRITE2: it acquires and releases, and on arm64 a
 * later plain store may pass the store of such an operation. VALID4 has to be a fence, because an acquire load orders
 * what follows it, and VALID3 comes before. Behind the fence opaque loads are enough; volatile ones would hide from
 * the explorer a fence that is missing, because its models have volatile accesses in one order.
 *
 * <p><b>No other life is answered.</b> Between FREE4 and the next store to the frame, of whatever owner, there is the
 * fence of ALLOC1. So if VALID3 reads what another life stored, VALID5 reads a generation that is not the handle's.
 * The version alone could not tell: each life begins with the same one. It may, because no two lives of a frame have
 * the same generation; and it must, because the field is the allocator's in between, which keeps the order of a free
 * block there. A thread that writes a frame that another thread allocated has its number from there, and does not
 * store before it has loaded that number.
 *
 * <p><b>Where the version begins.</b> ALLOC2 writes the odd version before the count of the new life is published. So
 * no thread holds, freezes or writes the frame before it has a version, and a reader that guessed the handle finds no
 * data of the last life in the new one.
 *
 * <p><b>A freeze</b> refuses readers as it refuses takers: VALID1 finds an odd version and a count of 0. A version
 * goes up at the freeze, up again at its end, and never back to an old one: else a read that has met what the owner
 * wrote in between would be taken for valid.
 *
 * <p><b>Close</b> counts frames that are handed out, so it comes behind FREE4 of every life. A read that a close has
 * overtaken finds zeros in VALID3, and a version of 0 in VALID5. Frames and records stay mapped as long as anything
 * refers to the memory; the calls end with a reachabilityFence.
 *
 * <p><b>A writer that never comes to WRITE3</b> does not hold readers up for ever: they wait some milliseconds, and
 * refuse then.
 */
public final class ValidatedRead {
    /** The stamp of a frame that cannot be read now. */
    public static final long NONE = 0;

    /** A reader that this many writes have come in between gives up. */
    private static final int TRIES = 64;

    private ValidatedRead() {
    }

    /**
     * Reads a word of a frame.
     *
     * @return the value, or {@code otherwise} if it cannot be read
     */
    public static long readLong(MemoryCore memory, long handle, long offset, long otherwise) {
        FrameRange.requireWord(offset);
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        long record = PageLayout.record(memory.recordBase(), pfn);
        long address = memory.frameBase() + (pfn << Align.PAGE_SHIFT) + offset;
        long version = FrameVersion.of(record); // VALID1 -> WRITE3
        if (FrameVersion.isEven(version) && isIn(record, handle)) { // VALID2 -> FREE4
            long value = Words.readRacy(address); // VALID3 -> WRITE2
            if (isStill(record, handle, version)) { // VALID4, VALID5
                return value;
            }
        }
        return readAgain(memory, record, handle, address, otherwise);
    }

    private static long readAgain(MemoryCore memory, long record, long handle, long address, long otherwise) {
        for (int round = 0; round < TRIES; round++) {
            long version = await(memory, record, handle);
            if (version == NONE) {
                break;
            }
            long value = Words.readRacy(address); // VALID3 -> WRITE2
            if (isStill(record, handle, version)) { // VALID4, VALID5
                return value;
            }
        }
        return otherwise;
    }

    /**
     * Copies from a frame.
     *
     * @return whether the target has the data; if not, its content is unspecified
     */
    public static boolean copyOut(MemoryCore memory, long handle, long offset, MemorySegment target) {
        FrameRange.requireTarget(offset, target);
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        long record = PageLayout.record(memory.recordBase(), pfn);
        long address = memory.frameBase() + (pfn << Align.PAGE_SHIFT) + offset;
        for (int round = 0; round < TRIES; round++) {
            long version = await(memory, record, handle);
            if (version == NONE) {
                return false;
            }
            Words.copyRacy(address, target); // VALID3 -> WRITE2
            if (isStill(record, handle, version)) { // VALID4, VALID5
                return true;
            }
        }
        return false;
    }

    /** The stamp to validate a read with, or {@link #NONE}; does not wait. */
    public static long tryBegin(MemoryCore memory, long handle) {
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        long record = PageLayout.record(memory.recordBase(), pfn);
        long version = FrameVersion.of(record); // VALID1 -> WRITE3
        if (FrameVersion.isEven(version) && isIn(record, handle)) { // VALID2 -> FREE4
            return version;
        }
        boolean _ = isReadable(memory, record, handle);
        return NONE;
    }

    /** A word of a frame, with no word on whose it is. */
    public static long peekLong(MemoryCore memory, long handle, long offset) {
        FrameRange.requireWord(offset);
        return Words.readRacy(memory.frameAddress(FrameHandle.pfn(handle)) + offset); // VALID3 -> WRITE2
    }

    /** Whether what was read after {@link #tryBegin} returned the stamp is the data of that moment. */
    public static boolean validate(MemoryCore memory, long handle, long stamp) {
        long pfn = FrameHandle.pfn(handle);
        memory.checkPfn(pfn);
        if (FrameVersion.isEven(stamp)
                && isStill(PageLayout.record(memory.recordBase(), pfn), handle, stamp)) { // VALID4, VALID5
            return true;
        }
        memory.requireMapped();
        return false;
    }

    /** The version to compare later, once no thread writes the frame; NONE if the read is refused. */
    private static long await(MemoryCore memory, long record, long handle) {
        long version = FrameVersion.of(record); // VALID1 -> WRITE3
        while (!FrameVersion.isEven(version)) {
            if (!isReadable(memory, record, handle) || !FrameVersion.isOdd(version)
                    || !Waits.pollBrieflyWhileEqualsLong(record + PageLayout.VERSION, version, "a write to a frame")) {
                return NONE;
            }
            version = FrameVersion.of(record); // VALID1 -> WRITE3
        }
        return isReadable(memory, record, handle) ? version : NONE; // VALID2 -> FREE4
    }

    /**
     * Whether the frame is in the life of the handle, and neither frozen nor free.
     *
     * @throws io.pinfold.core.gup.MisuseException if it is, and has other owners
     */
    private static boolean isReadable(MemoryCore memory, long record, long handle) {
        long flags = Words.getLongVolatile(record + PageLayout.FLAGS);
        boolean isHeld = PageRefs.refCount(record) != 0;
        if (!isIn(record, handle)) { // behind the others, which are therefore of that life
            memory.requireMapped();
            return false;
        }
        if (PageType.ofFlags(flags) != PageType.USER) {
            memory.requireMapped(); // of a closed memory every record is of zeros
            return false;
        }
        if ((flags & PageFlags.BY_HANDLE) == 0) {
            throw HandleMisuse.of(handle, "read", "it was not allocated by handle, so it has no version");
        }
        return isHeld && (flags & PageFlags.FROZEN) == 0;
    }

    private static boolean isIn(long record, long handle) {
        return PageRefs.generation(record) == FrameHandle.generation(handle);
    }

    private static boolean isStill(long record, long handle, long version) {
        Words.acquireFence(); // VALID4
        return FrameVersion.opaque(record) == version // VALID5 -> WRITE1
                && PageRefs.generationOpaque(record) == FrameHandle.generation(handle); // VALID5 -> FREE4
    }
}

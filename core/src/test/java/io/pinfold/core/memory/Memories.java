package io.pinfold.core.memory;

import static io.pinfold.core.foll.FollBits.FOLL_PIN;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;

/** What the tests of this package share: small memories, holding and dropping pages, and the audit at the end. */
final class Memories {
    static final long MIB = 1L << 20;

    private Memories() {
    }

    /** A memory of {@code mib} MiB, all of it ZONE_NORMAL. */
    static PhysicalMemory open(long mib) {
        return PhysicalMemory.open(MemoryOptions.ofRam(mib * MIB));
    }

    /** Nothing is wrong, nothing is allocated, and the memory closes. */
    static void closeIdle(PhysicalMemory memory) {
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
        assertThat(memory.isClosed()).isTrue();
    }

    static long allocate(PhysicalMemory memory, int order) {
        long pfn = Bridge.core(memory).blocks().allocate(order, Blocks.MOVABLE_FIRST);
        assertThat(pfn).isPositive();
        return pfn;
    }

    /** Drops {@code n} references of the folio and frees it if they were the last. */
    static void put(PhysicalMemory memory, long headPfn, int n) {
        FreeBatch batch = new FreeBatch(Bridge.core(memory));
        Grab.putReferences(Bridge.core(memory), headPfn, n, batch);
        batch.drain();
    }

    static int refs(PhysicalMemory memory, long pfn) {
        return PageRefs.refCount(Bridge.core(memory).recordAddress(pfn));
    }

    static int pins(PhysicalMemory memory, long pfn) {
        return PageRefs.pinCount(Bridge.core(memory).recordAddress(pfn));
    }

    static int generation(PhysicalMemory memory, long pfn) {
        return PageRefs.generation(Bridge.core(memory).recordAddress(pfn));
    }

    static void setGeneration(PhysicalMemory memory, long pfn, int generation) {
        Words.setIntVolatile(Bridge.core(memory).recordAddress(pfn) + PageLayout.GENERATION, generation);
    }

    static boolean maybePinned(PhysicalMemory memory, long pfn) {
        return PageRefs.maybePinned(Bridge.core(memory).recordAddress(0), pfn);
    }

    /** Fills a batch by grabbing the pages, as a walk would. */
    static void fill(Batch<?> batch, int flags, long... pfns) {
        PhysicalMemory memory = batch.memory();
        Bridge.held(batch).beginFill();
        for (int index = 0; index < pfns.length; index++) {
            long token = Grab.trySpeculative(Bridge.core(memory), pfns[index], 1, flags, Bridge.held(batch).deferred());
            assertThat(token).isPositive();
            Bridge.held(batch).countAcquired(memory.nodeOf(pfns[index]), Grab.countedPins(token));
            Bridge.held(batch).append(pfns[index], 1);
        }
        Bridge.held(batch).commit((flags & FOLL_PIN) != 0, 0, 0);
    }
}

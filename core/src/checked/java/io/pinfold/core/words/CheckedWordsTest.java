package io.pinfold.core.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.page.MappingWord;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Every rule of checked memory, broken once: each is seen, and named. */
class CheckedWordsTest {
    private final PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20).withDeviceBytes(4L << 20));

    @BeforeAll
    static void expectErrors() {
        CheckedError.announce(false);
    }

    @AfterAll
    static void expectNone() {
        CheckedError.announce(true);
    }

    @AfterEach
    void forget() {
        CheckedError.takeAll();
    }

    private long allocate(int order) {
        long pfn = Bridge.core(memory).blocks().allocate(order, Blocks.NORMAL);
        assertThat(pfn).isPositive();
        return pfn;
    }

    private long frame(long pfn) {
        return Bridge.core(memory).frameAddress(pfn);
    }

    private long record(long pfn, int field) {
        return Bridge.core(memory).recordAddress(pfn) + field;
    }

    private void theCulprit(long pfn) {
        FreeBatch batch = new FreeBatch(Bridge.core(memory));
        Grab.putReferences(Bridge.core(memory), pfn, 1, batch);
        batch.drain();
    }

    /** The rules name classes; one that has moved would be no exception any more, or no culprit. */
    @ParameterizedTest
    @FieldSource("io.pinfold.core.words.Callers#INSPECTIONS")
    @FieldSource("io.pinfold.core.words.Callers#LISTS")
    @FieldSource("io.pinfold.core.words.FrameStates#THROUGH")
    void classesThatRulesNameAreThere(String name) throws ClassNotFoundException {
        assertThat(Class.forName(name, false, getClass().getClassLoader())).isNotNull();
    }

    /** The error is there, its message has all parts, and it is kept in case it is swallowed. */
    private static CheckedError expect(ThrowingCallable access, String... parts) {
        CheckedError.takeAll();
        assertThatThrownBy(access).isInstanceOf(CheckedError.class).hasMessageContainingAll(parts);
        var kept = CheckedError.takeAll();
        assertThat(kept).isNotEmpty();
        return kept.getFirst();
    }

    // ---- use after free ---------------------------------------------------------------------------------------------

    @Test
    void aFreedFrameIsNamedWithWhoFreedItAndWhoHadAllocatedIt() {
        long pfn = allocate(0);
        Words.setLong(frame(pfn) + 24, 42);
        long stale = frame(pfn);
        theCulprit(pfn);
        CheckedError error = expect(() -> Words.setLong(stale + 24, 43), "plain store at offset 0x18 of frame " + pfn,
                "on a free list, freed by thread", "CheckedWordsTest.theCulprit");
        Throwable freed = Objects.requireNonNull(error.getCause());
        assertThat(freed).hasMessageContaining("frame " + pfn + " freed by thread");
        assertThat(freed.getStackTrace()).anyMatch(element -> element.getMethodName().equals("theCulprit"));
        assertThat(Objects.requireNonNull(freed.getCause()).getStackTrace())
                .anyMatch(element -> element.getMethodName().equals("allocate"));
        expect(() -> Words.getByte(stale), "frame " + pfn);
        expect(() -> Words.fill(stale, 8, (byte) 0), "fill");
        expect(() -> Words.copy(stale, frame(allocate(4)), 8), "copy from");
        expect(() -> Words.view(stale, 8), "view");
    }

    /** Between the last put and the free lists. */
    @Test
    void aFrameWhoseLastReferenceIsGone() {
        long pfn = allocate(0);
        FreeBatch batch = new FreeBatch(Bridge.core(memory));
        Grab.putReferences(Bridge.core(memory), pfn, 1, batch);
        expect(() -> Words.getLongVolatile(frame(pfn)), "waiting to be freed, freed by thread");
        expect(() -> Grab.putReferences(Bridge.core(memory), pfn, 1, new FreeBatch(Bridge.core(memory))),
                "getAndAdd at the reference count",
                "of a frame that is free");
        batch.drain();
    }

    @Test
    void aFrameThatWasNeverHandedOut() {
        expect(() -> Words.getLongVolatile(frame(2000)), "frame 2000 [never handed out");
        expect(() -> Words.getLongVolatile(frame(0)), "frame 0 [RESERVED");
        assertThat(Words.getLongVolatile(frame(memory.zeroPfn()))).isZero();
        expect(() -> Words.setLong(frame(memory.zeroPfn()), 1), "which nobody may write");
    }

    /** M13: a table goes to the allocator at once, while a walker is in it. */
    @Test
    void aTableFreedUnderAWalk() {
        long table = Bridge.core(memory).blocks().allocateTable(1, 0, 0);
        Entries.store(frame(table) + 8, Entry.make(memory.zeroPfn(), 0));
        try (var slot = Bridge.core(memory).slots().open(0)) {
            slot.enter();
            assertThat(Entries.load(frame(table) + 8)).isNotZero();
            freeTableAtOnce(table);
            expect(() -> Entries.load(frame(table) + 8), "load at offset 0x8 of frame " + table, "on a free list",
                    "CheckedWordsTest.freeTableAtOnce");
            slot.exit();
        }
    }

    private void freeTableAtOnce(long table) {
        Bridge.core(memory).blocks().freeTable(table);
    }

    @Test
    void aWriteThatNobodySawToAFrameThatWasFree() {
        long pfn = allocate(0);
        Words.setLong(frame(pfn), 1);
        var view = Words.view(frame(pfn), 4096);
        theCulprit(pfn);
        view.set(ValueLayout.JAVA_LONG, 256, 7);
        expect(() -> allocate(0), "frame " + pfn + " was written to while it was free: 0x7 at offset 0x100");
        long table = Bridge.core(memory).blocks().allocateTable(1, 0, 0);
        Bridge.core(memory).blocks().freeTable(table);
        Words.poison(frame(table), 1, (byte) 0);
        expect(() -> Bridge.core(memory).blocks().allocateTable(1, 0, 0),
                "frame " + table + " was written to while it was free",
                Long.toHexString(Blocks.TABLE_POISON));
    }

    @Test
    void useAfterClose() {
        PhysicalMemory other = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20));
        long frame = Bridge.core(other).frameAddress(5);
        long record = Bridge.core(other).recordAddress(5);
        closeThatMemory(other);
        CheckedError error = expect(() -> Words.getLong(frame), "which is gone: released by thread");
        assertThat(Objects.requireNonNull(error.getCause()).getStackTrace())
                .anyMatch(element -> element.getMethodName().equals("closeThatMemory"));
        expect(() -> Words.setLong(frame, 1), "which is gone");
    }

    /** Its records stay, as zeros, for calls that come too late; those look and change nothing. */
    @Test
    void recordsAfterClose() {
        PhysicalMemory other = PhysicalMemory.open(MemoryOptions.ofRam(8L << 20));
        long handle = other.handles().allocate();
        long record = Bridge.core(other).recordAddress(FrameHandle.pfn(handle));
        long count = record + PageLayout.REFCOUNT;
        other.handles().put(handle);
        closeThatMemory(other);
        assertThat(Words.getLongVolatile(record + PageLayout.FLAGS)).isZero();
        assertThat(Words.getIntVolatile(record + PageLayout.GENERATION)).isZero();
        assertThat(Words.compareAndExchangeInt(count, 1, 2)).isZero();
        assertThat(PageFlags.clear(record, PageFlags.FROZEN)).isZero();
        expect(() -> Words.compareAndExchangeInt(count, 0, 1), "the reference count of", "of a closed memory");
        expect(() -> Words.getAndAddInt(count, 1), "of a closed memory");
        expect(() -> Words.setIntVolatile(count, 1), "of a closed memory");
        expect(() -> PageFlags.set(record, PageFlags.FROZEN), "of a closed memory");
        expect(() -> Words.getInt(count), "plain load", "of a closed memory");
        Reference.reachabilityFence(other);
    }

    private static void closeThatMemory(PhysicalMemory memory) {
        memory.close();
    }

    // ---- kinds ------------------------------------------------------------------------------------------------------

    @Test
    void liveEntriesAreNeitherPlainNorHalvesNorCounted() {
        long table = Bridge.core(memory).blocks().allocateTable(1, 0, 0);
        Entries.store(frame(table), Entry.make(memory.zeroPfn(), 0));
        expect(() -> Words.getLong(frame(table)), "plain load at offset 0x0 (entry 0) of frame " + table,
                "live entries are never accessed plainly");
        expect(() -> Words.setLong(frame(table), 0), "plain store");
        expect(() -> Words.getIntVolatile(frame(table) + 4), "of 4 bytes", "entries are accessed as a whole");
        expect(() -> Words.fill(frame(table), 4096, (byte) 0), "fill of the table");
        expect(() -> Words.getAndAddLong(frame(table), 1), "entries are exchanged, not counted");
    }

    @Test
    void nodesOfAnIndexAreNoEntries() {
        long node = Bridge.core(memory).blocks().allocateTable(1, 0, 0);
        Words.setLong(frame(node), 77);
        assertThat(Words.getLong(frame(node))).isEqualTo(77);
        CheckedError error = expect(() -> Entries.load(frame(node)), "its words were accessed plainly before");
        assertThat(error.getCause()).hasMessageContaining("accessed plainly first");
    }

    @Test
    void userDataIsNeitherEntryNorCount() {
        long pfn = allocate(0);
        Words.setByte(frame(pfn), (byte) 1);
        Words.setLongRelease(frame(pfn), 2);
        assertThat(Words.compareAndSetLong(frame(pfn), 2, 3)).isTrue();
        expect(() -> Words.getAndSetLong(frame(pfn), 0), "getAndSet", "which is user data");
        expect(() -> Words.getAndAddInt(frame(pfn), 1), "which is user data");
    }

    @Test
    void controlWordsHaveOneSizeAndAreNeverPlain() {
        Arena arena = Arena.ofConfined();
        long word = ControlMemory.allocate(arena, "a test", 64, 64).address();
        Words.setLongVolatile(word, 1);
        expect(() -> Words.getIntVolatile(word + 4), "load of an int at offset 0x4 of a test",
                "accessed as a long before");
        Words.setIntVolatile(word + 12, 1);
        expect(() -> Words.getLongVolatile(word + 8), "load of a long at offset 0x8 of a test",
                "accessed as an int before");
        expect(() -> Words.getLong(word), "plain load of a control word");
        expect(() -> Words.fill(word, 8, (byte) 0), "fill of 8 bytes of control words");
        arena.close();
        expect(() -> Words.getLongVolatile(word), "which is gone: nothing referred to it any more");
    }

    @Test
    void wildAddressesEndTheTestAndNotTheJvm() {
        expect(() -> Words.getLongVolatile(8), "address 0x8: nothing is mapped there");
        expect(() -> Words.setLongVolatile(Blocks.TABLE_POISON & -8, 1), "nothing is mapped there");
        assertThatThrownBy(() -> Words.getLongVolatile(frame(1) + 4)).isInstanceOf(IllegalArgumentException.class);
    }

    // ---- records ----------------------------------------------------------------------------------------------------

    @Test
    void fieldsHaveTheirSizeAndAreNeverPlain() {
        long pfn = allocate(0);
        expect(() -> Words.getIntVolatile(record(pfn, PageLayout.FLAGS)), "flags", "has 8 bytes, not 4");
        expect(() -> Words.getLongVolatile(record(pfn, PageLayout.REFCOUNT)), "reference count", "has 4 bytes, not 8");
        expect(() -> Words.getIntVolatile(record(pfn, PageLayout.COMPOUND + 4)), "is no field");
        expect(() -> Words.getInt(record(pfn, PageLayout.REFCOUNT)), "is shared: never plain");
        expect(() -> Words.fill(record(pfn, 0), 64, (byte) 0), "fill of 64 bytes of records");
    }

    /** M10-like: a reference on a tail. */
    @Test
    void aTailsOwnCountStaysZero() {
        long tail = allocate(2) + 1;
        expect(() -> PageRefs.add(Bridge.core(memory).recordAddress(tail), 1),
                "reference count of the record of frame " + tail,
                "of a tail, whose own count stays 0");
        expect(() -> PageRefs.setCount(Bridge.core(memory).recordAddress(tail), 1), "of a tail");
        expect(() -> PageRefs.subAndTest(Bridge.core(memory).recordAddress(tail), 1), "of a tail");
        expect(() -> Words.compareAndSetInt(record(tail, PageLayout.REFCOUNT), 0, 1), "of a tail");
        assertThat(PageRefs.tryGetPage(Bridge.core(memory).recordAddress(tail))).isFalse();
    }

    @Test
    void whatIsTheFoliosIsNotMarkedOnATail() {
        long head = allocate(2);
        long tail = Bridge.core(memory).recordAddress(head + 1);
        expect(() -> PageFlags.set(tail, PageFlags.DIRTY), "flags of the record of frame " + (head + 1),
                "what is the folio's stands in its head");
        expect(() -> PageFlags.clear(tail, PageFlags.REFERENCED), "stands in its head");
        expect(() -> PageFlags.tryLock(tail), "stands in its head");
        expect(() -> PageFlags.set(tail, PageFlags.HAS_HWPOISONED), "stands in its head");
        long _ = PageFlags.set(tail, PageFlags.OF_PAGE);
        long _ = PageFlags.clear(tail, PageFlags.OF_PAGE);
        long _ = PageFlags.set(Bridge.core(memory).recordAddress(head), PageFlags.DIRTY);
    }

    @Test
    void aPutAfterTheFreeAndAGetWithoutAReference() {
        long pfn = allocate(0);
        long record = Bridge.core(memory).recordAddress(pfn);
        theCulprit(pfn);
        expect(() -> PageRefs.subAndTest(record, 1), "getAndAdd at the reference count of the record of frame " + pfn,
                "CheckedWordsTest.theCulprit", "of a frame that is free");
        expect(() -> PageRefs.add(record, 1), "of a frame that is free");
        expect(() -> PageRefs.setCount(record, 1), "of a frame that is free");
        expect(() -> Words.compareAndExchangeInt(record + PageLayout.REFCOUNT, 0, 1), "of a frame that is free");
        // what a walker may do by design: look, and try
        assertThat(PageRefs.refCount(record)).isZero();
        assertThat(PageRefs.tryGetPage(record)).isFalse();
        assertThat(Words.compareAndSetInt(record + PageLayout.REFCOUNT, 5, 6)).isFalse();
        assertThat(PageFlags.test(record, PageFlags.LOCKED)).isFalse();
        assertThat(memory.page(pfn).refCount()).as("an inspection may read all").isZero();
    }

    @Test
    void restOfAFreeFramesRecord() {
        long pfn = allocate(0);
        long record = Bridge.core(memory).recordAddress(pfn);
        theCulprit(pfn);
        expect(() -> PageFlags.set(record, PageFlags.DIRTY), "flags", "of a frame that is free");
        expect(() -> Words.getLongVolatile(record + PageLayout.MAPPING), "is nobody's business");
        expect(() -> Words.setLongVolatile(record + PageLayout.MAPPING, MappingWord.NONE), "of a frame that is free");
        expect(() -> Words.setLongOpaque(record + PageLayout.INDEX, 1), "of a frame that is free");
        expect(() -> PageRefs.mapCount(record), "number of mappings");
        expect(() -> PageRefs.removeMapping(record), "of a frame that is free");
        expect(() -> PageRefs.addPinCount(record, 1), "of a frame that is free");
        expect(() -> Words.setIntOpaque(record + PageLayout.LINK, 1), "link", "of a frame that is free");
        expect(() -> Words.setLongRelease(record + PageLayout.COMPOUND, 0), "compound word");
        expect(() -> Words.setIntVolatile(record + PageLayout.GENERATION, 9), "generation", "goes up by one");
    }

    @Test
    void countsOfALivePage() {
        long pfn = allocate(0);
        long record = Bridge.core(memory).recordAddress(pfn);
        expect(() -> PageRefs.setCount(record, 5), "a store loses the references of others");
        expect(() -> PageRefs.setCount(record, 0), "is taken to 0 by a store");
        expect(() -> Words.setLongRelease(record + PageLayout.COMPOUND, 0), "while nobody can take a reference");
        expect(() -> PageRefs.addPinCount(record, 1), "counts neither pins nor mappings of the whole");
        expect(() -> PageRefs.removeMapping(record), "below 0");
        PageRefs.addMapping(record);
        expect(() -> Words.getAndSetInt(record + PageLayout.TABLE_LOCK, 1), "is no lock in this record");
        assertThat(PageRefs.freeze(record, 1)).isTrue();
        expect(() -> PageRefs.add(record, 1), "raises the count from 0");
    }

    @Test
    void overlaysOfATable() {
        long record = Bridge.core(memory).recordAddress(Bridge.core(memory).blocks().allocateTable(1, 0, 0));
        expect(() -> PageRefs.addMapping(record), "is a lock in this record");
        expect(() -> PageRefs.addPinCount(record, 1), "counts neither pins");
        expect(() -> PageRefs.tryGetPage(record), "on what nobody can hold");
    }

    /** A frame freed twice is found by the product first where it looks; on the lists there is only this. */
    @Test
    void lives() {
        long pfn = allocate(0);
        theCulprit(pfn);
        FreeBatch batch = new FreeBatch(Bridge.core(memory));
        assertThatThrownBy(() -> batch.add(pfn)).isInstanceOf(MemoryModelError.class);
        long live = allocate(0);
        expect(() -> Words.setLongRelease(record(live, PageLayout.FLAGS), 0), "ends a life with 1 references");
        long flags = Words.getLongVolatile(record(live, PageLayout.FLAGS));
        expect(() -> Words.setLongVolatile(record(live, PageLayout.FLAGS), flags), "and not from a free list");
    }
}

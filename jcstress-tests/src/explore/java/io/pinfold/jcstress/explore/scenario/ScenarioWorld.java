package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.foll.FollBits;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Hold;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.memory.VmStat;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.Counters;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageLayout;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.HeavyFence;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.GupSession;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The base of the scenarios' worlds: a small memory with tables of four entries, one address space, a session and a
 * batch, all opened once. Each strand leaves a word; together the words are the outcome.
 */
abstract class ScenarioWorld extends WatchedWords {
    /** First address that a scenario maps: page tables of its own below the root's child begin here. */
    static final long BASE = 1L << 16;
    static final long PAGE = Geometry.PAGE_BYTES;
    /** Bytes that one lowest table covers. */
    static final long TABLE = PAGE * Geometry.ENTRIES;
    static final int BIAS = PageRefs.PIN_BIAS;

    private static final long RAM = MemoryOptions.MIN_NORMAL_BYTES;
    /**
     * All worlds ever built. A separate thread cleans up a dropped batch, and its accesses in the middle of another
     * search would be taken for those of a strand.
     */
    private static final List<ScenarioWorld> KEPT = new ArrayList<>();
    /** A walk that got nothing; {@link #end} finds the reason in the session's statistics. */
    private static final String STOPPED = "STOPPED";

    final PhysicalMemory memory;
    final MemoryCore core;
    final AddressSpace space;
    private final GupSession session;
    final PageBatch<Hold.Pin> batch;
    /** The opponent's list of frames to be freed: it has one owner. */
    final FreeBatch frees;
    /** The form of slots, which all runs of this world have. */
    private final boolean isFenced = HeavyFence.isAsymmetric();
    private final List<String> strands;
    private final String[] said;
    private final long[] stops = new long[FallBack.values().length];

    ScenarioWorld(String... strands) {
        this(0, strands);
    }

    ScenarioWorld(long deviceBytes, String... strands) {
        this.memory = PhysicalMemory.open(MemoryOptions.ofRam(RAM).withDeviceBytes(deviceBytes));
        this.core = Bridge.core(memory);
        this.space = AddressSpace.create(memory);
        this.batch = memory.newPageBatch(2 * Geometry.ENTRIES);
        this.frees = new FreeBatch(core);
        this.session = GupSession.open(memory);
        this.strands = List.of(strands);
        this.said = new String[strands.length];
        KEPT.add(this);
    }

    // ---- a run -----------------------------------------------------------------------------------------------------

    /** Runs a strand and returns its word. */
    abstract String play(int strand) throws Exception;

    /** Ends the run: checks the invariants, and gives back what is held. */
    abstract void settle();

    /** The word of a strand. */
    final String said(int strand) {
        return said[strand];
    }

    final boolean said(int strand, String word) {
        return word.equals(said[strand]);
    }

    /** Replaces the word of a strand whose result is known only now. */
    final void says(int strand, String word) {
        said[strand] = word;
    }

    @Override
    public final List<String> strands() {
        return strands;
    }

    @Override
    public void begin() {
        HeavyFence.choose(isFenced);
        Arrays.fill(said, "");
    }

    @Override
    public final void run(int strand) {
        try {
            said[strand] = play(strand);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public final String end() {
        for (int strand = 0; strand < said.length; strand++) {
            if (said(strand, STOPPED)) {
                said[strand] = whyStopped();
            }
        }
        settle();
        return String.join(", ", said);
    }

    /** Checks an invariant of the specification, by its number. */
    static void check(String invariant, boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(invariant + ": " + what);
        }
    }

    /** Checks I3: a page has the references it is expected to have, and was freed as often as expected. */
    final void checkPage(long pfn, int references, int born, int frees) {
        int count = count(pfn);
        check("I3", count == references, "frame " + pfn + " has " + count + " references, expected " + references);
        int freed = generation(pfn) - born;
        check("I5", freed == frees, "frame " + pfn + " was freed " + freed + " times, expected " + frees);
    }

    /** The batch for strands that get: the same object, because only the compiler distinguishes the type parameter. */
    @SuppressWarnings("unchecked")
    final PageBatch<Hold.Get> gets() {
        return (PageBatch<Hold.Get>) (PageBatch<?>) batch;
    }

    /**
     * Checks that the counters of pins agree with the batch: a roll-back counts what it gives back, no more and no
     * less.
     */
    final void checkCounted(long held) {
        VmStat stat = memory.vmStat();
        long counted = stat.nrFollPinAcquired() - stat.nrFollPinReleased();
        check("I3", counted == held, "pins counted as held: " + counted + ", and held are " + held);
    }

    // ---- walks -----------------------------------------------------------------------------------------------------

    /** The world's session, the calling strand's from now on. */
    final GupSession session() {
        return attached(session);
    }

    /** A session that the calling strand, or the set-up, takes over from one that has ended. */
    static GupSession attached(GupSession session) {
        ((SessionSlot) Peek.object(session, "slot")).lend();
        return session;
    }

    /** Pins pages for writing by the fast walk alone: PINNED, PART_n, or the reason why the walk stopped. */
    final String pin(long address, int pages) {
        return pin(address, pages, FollBits.FOLL_WRITE);
    }

    final String pin(long address, int pages, int flags) {
        int n = FastGup.pinUserPagesFastOnly(session(), space, address, pages, flags, batch);
        return n == pages ? "PINNED" : n == 0 ? STOPPED : "PART_" + n;
    }

    /** Gets pages for reading by the fast walk alone: FOUND, PART_n, or the reason why the walk stopped. */
    final String get(long address, int pages) {
        int n = session().getUserPagesFastOnly(space, address, pages, GupOptions.READ, gets());
        return n == pages ? "FOUND" : n == 0 ? STOPPED : "PART_" + n;
    }

    /** Gives back the pages of the walk. */
    final void release() {
        if (batch.isPinned()) {
            memory.unpinUserPages(batch);
        } else if (batch.isHeld()) {
            memory.putPages(gets());
        }
    }

    /** Pins a page by the slow path: PINNED, or the result. */
    final String slowPin(long address, int flags) {
        int n = Gup.pinUserPagesUnlocked(space, address, 1, flags, batch);
        return n == 1 ? "PINNED" : n == -Errno.ENOMEM ? "NOMEM" : "RESULT_" + n;
    }

    private String whyStopped() {
        for (FallBack reason : FallBack.values()) {
            if (core.slots().sum(Counters.of(reason)) != stops[reason.ordinal()]) {
                return reason.name();
            }
        }
        return "NOTHING";
    }

    /** Ends {@code build}: events counted so far are excluded, and the session is no thread's. */
    final void built() {
        session().detach();
        for (FallBack reason : FallBack.values()) {
            stops[reason.ordinal()] = core.slots().sum(Counters.of(reason));
        }
        watch("epoch", Peek.number(core.slots(), "epochWord"), Shown.LONG);
        watch("slot", Peek.word(session, "slot", "wordNumber"), Shown.LONG);
        watch("write_protect_seq", Bridge.control(space) + MmControl.WRITE_PROTECT_SEQ, Shown.INT);
        watch("mm_flags", Bridge.control(space) + MmControl.MM_FLAGS, Shown.LONG);
    }

    // ---- memory ----------------------------------------------------------------------------------------------------

    /** Maps pages and faults them in, for writing. */
    final void map(long address, int pages) {
        map(space, address, pages);
    }

    final void map(AddressSpace where, long address, int pages) {
        long mapped = where.mmap(address, pages * PAGE, Prot.READ | Prot.WRITE,
                MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED);
        mustBe(mapped == address, "mmap", mapped);
        long n = where.pinUserPagesUnlocked(address, pages, GupOptions.WRITE, batch);
        mustBe(n == pages, "pinUserPagesUnlocked", n);
        memory.unpinUserPages(batch);
    }

    /** Maps a huge page by one leaf of level PMD. */
    final void mapHuge(long address) {
        space.setThpPolicy(ThpPolicy.ALWAYS);
        map(address, Geometry.ENTRIES);
        int mappings = PageRefs.entireMapCount(record(frameAt(address)));
        mustBe(mappings == 1, "the number of huge mappings", mappings);
    }

    /** Clears the accessed and dirty bits that the mapping fault has set, so that later accesses set them. */
    final void clean(long address, int level) {
        long entry = entryAddress(address, level);
        Entries.store(entry, Entries.load(entry) & ~(Entry.ACCESSED | Entry.DIRTY));
        long _ = PageFlags.clear(record(frameAt(address)), PageFlags.DIRTY | PageFlags.REFERENCED);
    }

    /** Maps a folio of four pages by four PTEs. */
    final void mapFolio(long address) {
        space.setFolioOrder(Geometry.BITS_PER_LEVEL);
        map(address, Geometry.ENTRIES);
    }

    static void mustBe(boolean good, String call, long result) {
        if (!good) {
            throw new IllegalStateException(call + " answered " + result);
        }
    }

    final void munmap(long address, int pages) {
        int result = space.munmap(address, pages * PAGE);
        mustBe(result == 0, "munmap", result);
    }

    final long frameAt(long address) {
        return space.frameAt(address);
    }

    final long root() {
        return Words.getLongVolatile(Bridge.control(space) + MmControl.ROOT);
    }

    final long tableAt(long address, int level) {
        return PageTables.find(core, root(), address, level);
    }

    final long entryAddress(long address, int level) {
        return PageTables.entryAddress(core, tableAt(address, level), address, level);
    }

    final long record(long pfn) {
        return core.recordAddress(pfn);
    }

    final int count(long pfn) {
        return PageRefs.refCount(record(pfn));
    }

    final int pins(long pfn) {
        return PageRefs.pinCount(record(pfn));
    }

    final int generation(long pfn) {
        return PageRefs.generation(record(pfn));
    }

    final boolean maybePinned(long pfn) {
        return PageRefs.maybePinned(record(0), pfn);
    }

    /** Allocates a movable page: it gets the frame freed last. */
    final long allocate() {
        return allocate(0);
    }

    final long allocate(int order) {
        long pfn = core.blocks().allocate(order, Blocks.MOVABLE_FIRST);
        mustBe(pfn > 0, "allocate", pfn);
        return pfn;
    }

    /**
     * Makes single frames free whose neighbours are not: allocating and freeing them splits and merges no blocks, which
     * would only lengthen runs.
     */
    final void stockSingleFrames(int n) {
        long[] pairs = new long[2 * n];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = allocate();
        }
        for (long pfn : pairs) {
            if ((pfn & 1) == 0) {
                mustBe(put(pfn), "put", pfn);
            }
        }
    }

    /** Drops a reference of the opponent's; true if it was the last, and then the frame is free. */
    final boolean put(long pfn) {
        if (!PageRefs.subAndTest(record(pfn), 1)) {
            return false;
        }
        frees.add(pfn);
        int _ = frees.drain();
        return true;
    }

    /** Frees retired tables where a munmap leaves them until there are enough for a heavy fence. */
    final void stepIfPutOff() {
        if (isFenced) {
            int _ = core.retired().step();
        }
    }

    /** Opens a slot for a walker without a session, whichever strand that is. */
    final SharedSlot openSlot() {
        return core.slots().open(0);
    }

    /** Opens a session's slot, the calling strand's; of a set-up, for the strand that attaches it. */
    final SessionSlot openSessionSlot() {
        return core.slots().openForThread();
    }

    // ---- names -----------------------------------------------------------------------------------------------------

    /** The entry of an address in the table at a level, by the level's name. */
    final void watchEntry(long address, int level) {
        watch(level == Geometry.PTE ? "pte" : level == Geometry.PMD ? "pmd" : "pud", entryAddress(address, level),
                Shown.ENTRY);
    }

    /** The words of a page's record that protocols use. */
    final void watchPage(String name, long pfn) {
        watch(name + ".refcount", record(pfn) + PageLayout.REFCOUNT, Shown.INT);
        watch(name + ".pincount", record(pfn) + PageLayout.PINCOUNT, Shown.INT);
        watch(name + ".compound", record(pfn) + PageLayout.COMPOUND, Shown.LONG);
        watch(name + ".flags", record(pfn) + PageLayout.FLAGS, Shown.LONG);
        watch(name + ".generation", record(pfn) + PageLayout.GENERATION, Shown.INT);
    }

    /** Does nothing: a search leaves the memory as {@code build} left it, and the memory ends with the process. */
    @Override
    public void close() {
    }
}

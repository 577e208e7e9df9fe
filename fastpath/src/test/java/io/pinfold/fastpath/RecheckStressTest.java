package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.ThpPolicy;
import io.pinfold.core.gup.WalkStat.FallBack;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.DeviceFrames;
import io.pinfold.core.mm.DeviceObject;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two walkers against an opponent that does what every mutator does before it frees, shares or copies a page: bar the
 * way, then look at the count. If the count says that the page is not held, the opponent claims it for a moment, then
 * gives up the claim and opens the way again. While a page is claimed no walker may hold a returned reference on it. A
 * walker that grabbed it before was seen by the opponent; one that grabs it later must see that the way is barred (I1,
 * I5).
 *
 * <p>UNMAP takes out the entry that maps the page: its own, or a huge leaf. PROTECT takes the write permission off it,
 * and only it. COLLAPSE takes out the entry of its table, as does a move of the whole table: the page's own entry never
 * changes, and only the other re-check helps. FORK makes write_protect_seq odd: no entry changes, and only pins are
 * barred.
 *
 * <p>Each way of mapping a page has its own re-check in the walk: a single page, a page of a folio, a huge leaf, a page
 * of a device, a huge leaf of a device.
 */
class RecheckStressTest {

    /** What bars the way. */
    enum Way {
        UNMAP(FallBack.NONE_PRESENT), PROTECT(FallBack.PERMISSION), COLLAPSE(FallBack.NONE_PRESENT), FORK(
                FallBack.FORK_SEQ);

        final FallBack late;

        Way(FallBack late) {
            this.late = late;
        }
    }

    /** How the page is mapped. */
    enum What {
        PAGE, RUN, LEAF, DEVICE, DEVICE_LEAF;

        boolean isLeaf() {
            return this == LEAF || this == DEVICE_LEAF;
        }

        boolean isDevice() {
            return this == DEVICE || this == DEVICE_LEAF;
        }
    }

    private static final int ROUNDS = 50_000;
    /** On a busy machine it takes longer until the two sides have met. */
    private static final int ROUNDS_MAX = 100 * ROUNDS;
    private static final int WALKERS = 2;
    /** As many pages as a leaf maps: one granule of frames. */
    private static final int DEVICE_PAGES = (int) Geometry.leafPages(Geometry.PMD);

    @ParameterizedTest
    @CsvSource({"PAGE, UNMAP, true", "PAGE, UNMAP, false", "PAGE, PROTECT, true", "PAGE, COLLAPSE, true",
            "PAGE, COLLAPSE, false", "PAGE, FORK, true", "RUN, UNMAP, true", "RUN, PROTECT, true",
            "RUN, COLLAPSE, false", "LEAF, UNMAP, true", "LEAF, PROTECT, true", "LEAF, FORK, true",
            "DEVICE, UNMAP, true", "DEVICE, PROTECT, false", "DEVICE, COLLAPSE, true", "DEVICE_LEAF, UNMAP, true",
            "DEVICE_LEAF, PROTECT, false"})
    void whoeverClaimsAPageIsAlone(What what, Way way, boolean pin) throws InterruptedException {
        try (Machine machine = Machine.open(MemoryOptions.ofRam(Machine.RAM).withDeviceBytes(8L << 20));
                Device device = what.isDevice() ? new Device(machine, what.isLeaf()) : null) {
            long address = device != null ? device.address : map(machine, what);
            Duel duel = new Duel(machine, address, what, way, pin);
            Thread[] walkers = new Thread[WALKERS];
            for (int i = 0; i < WALKERS; i++) {
                walkers[i] = new Thread(duel::walk);
                walkers[i].start();
            }
            duel.oppose();
            for (Thread walker : walkers) {
                walker.join();
            }
            assertThat(duel.failure.get()).isNull();
            assertThat(machine.refs(duel.head)).as("I2: every roll-back was exact").isEqualTo(duel.idle);
            assertThat(machine.pinsOutstanding()).as("I3: every roll-back counted what it gave back").isZero();
            assertThat(machine.memory.vmStat().fastHits()).as("walks that got the page").isPositive();
            assertThat(machine.fallBacks(way.late)).as("walks that came too late").isPositive();
            System.out.println("RecheckStressTest " + what + " " + way + (pin ? " pin" : " get") + ": claims "
                    + duel.claims + ", hits " + machine.memory.vmStat().fastHits() + ", roll-backs "
                    + machine.memory.vmStat().rollBacks());
        }
    }

    /** The address of a page in memory that is mapped like this. */
    private static long map(Machine machine, What what) {
        machine.space.setThpPolicy(what == What.LEAF ? ThpPolicy.ALWAYS : ThpPolicy.NEVER);
        machine.space.setFolioOrder(what == What.RUN ? 1 : 0);
        int pages = what == What.PAGE ? 1 : (int) (2 * Geometry.leafPages(Geometry.PMD));
        long start = machine.map(pages, Prot.READ_WRITE);
        long leaf = Geometry.levelBytes(Geometry.PMD);
        long address = what == What.PAGE ? start : (start + leaf - 1) / leaf * leaf;
        machine.cpu.storeLong(address, 1);
        assertThat(Entry.isHuge(machine.space.entryAt(address))).isEqualTo(what == What.LEAF);
        assertThat(machine.memory.page(machine.space.frameAt(address)).order() > 0).isEqualTo(what != What.PAGE);
        return address;
    }

    /** Memory of a device, mapped by entries or by a leaf, and gone again at the end. */
    private static final class Device implements AutoCloseable {
        final DevPagemap pagemap;
        final DeviceObject object;
        final long address = 3 * Geometry.levelBytes(Geometry.PUD);

        Device(Machine machine, boolean isLeaf) {
            long first = machine.memory.pagemaps().findFree(DEVICE_PAGES, DEVICE_PAGES);
            pagemap = machine.memory.pagemaps()
                    .add(DevPagemapOptions.of(DevPagemapType.FS_DAX, first, DEVICE_PAGES));
            object = DeviceObject.create(machine.memory, DevPagemapType.FS_DAX, DEVICE_PAGES,
                    isLeaf ? Geometry.PMD : Geometry.PTE, new DeviceFrames() {
                        @Override
                        public long frameOf(long pageIndex) {
                            return first + pageIndex;
                        }

                        @Override
                        public long runOf(long pageIndex) {
                            return DEVICE_PAGES - pageIndex;
                        }
                    });
            long at = machine.space.mmap(address, (long) DEVICE_PAGES * Machine.PAGE, Prot.READ_WRITE,
                    MapFlags.SHARED | MapFlags.FIXED, object, 0);
            assertThat(at).isEqualTo(address);
            machine.cpu.storeLong(address, 1);
            assertThat(Entry.isHuge(machine.space.entryAt(address))).isEqualTo(isLeaf);
        }

        @Override
        public void close() {
            object.shutDown();
            pagemap.kill();
            assertThat(pagemap.step()).as("I12: no page and no look-up is held: %s", pagemap).isTrue();
            pagemap.close();
            object.close();
        }
    }

    private static final class Duel {
        private final Machine machine;
        private final long address;
        private final boolean pin;
        private final Way way;
        private final long word;
        private final long head;
        private final int idle;
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private volatile boolean claimed;
        private volatile boolean over;
        private int claims;

        Duel(Machine machine, long address, What what, Way way, boolean pin) {
            this.machine = machine;
            this.address = address;
            this.pin = pin;
            this.way = way;
            this.word = switch (way) {
                case UNMAP, PROTECT -> machine.entryAddress(address, what.isLeaf() ? Geometry.PMD : Geometry.PTE);
                case COLLAPSE -> machine.entryAddress(address, Geometry.PMD);
                case FORK -> Bridge.control(machine.space) + MmControl.WRITE_PROTECT_SEQ;
            };
            this.head = PageRefs.headPfn(Bridge.core(machine.memory).recordAddress(0), machine.space.frameAt(address));
            this.idle = machine.refs(head);
        }

        void oppose() {
            try {
                for (int i = 0; i < ROUNDS_MAX && (i < ROUNDS || !haveMet()) && failure.get() == null; i++) {
                    long entry = bar();
                    if (machine.refs(head) == idle) {
                        claimed = true;
                        claims++;
                        // Long enough for a walk that goes wrong to end meanwhile.
                        for (int spin = 0; spin < 50; spin++) {
                            Thread.onSpinWait();
                        }
                        claimed = false;
                    }
                    open(entry);
                    for (int spin = 0; spin < (i & 63); spin++) {
                        Thread.onSpinWait();
                    }
                }
            } finally {
                over = true;
            }
        }

        private boolean haveMet() {
            return machine.memory.vmStat().fastHits() > 0 && machine.fallBacks(way.late) > 0;
        }

        private long bar() {
            return switch (way) {
                case FORK -> Words.getAndAddInt(word, 1);
                case PROTECT -> {
                    long entry = Entries.load(word);
                    Entries.exchange(word, entry & ~Entry.WRITE);
                    yield entry;
                }
                case UNMAP, COLLAPSE -> Entries.exchange(word, Entry.NONE);
            };
        }

        private void open(long entry) {
            if (way == Way.FORK) {
                Words.setIntRelease(word, (int) entry + 2);
            } else {
                Entries.store(word, entry);
            }
        }

        void walk() {
            try (GupSession session = GupSession.open(machine.memory); PageBatch<?> batch = machine.batch(1)) {
                while (!over) {
                    int n = pin ? FastGup.pinUserPagesFastOnly(session, machine.space, address, 1, 1, Kinds.pins(batch))
                            : FastGup.getUserPagesFastOnly(session, machine.space, address, 1, 1, Kinds.gets(batch));
                    if (n == 1) {
                        // Read while it is held: held and claimed at the same time is the one thing that must not be.
                        boolean wrong = claimed;
                        int released = pin ? machine.memory.unpinUserPages(Kinds.pins(batch))
                                : machine.memory.putPages(Kinds.gets(batch));
                        if (wrong || released != 1) {
                            throw new AssertionError("frame " + head + " was held while its owner counted no holder");
                        }
                    }
                }
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        }
    }
}

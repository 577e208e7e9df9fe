package io.pinfold.core.device;

import static io.pinfold.core.foll.FollBits.FOLL_GET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.pinfold.core.epoch.SharedSlot;
import io.pinfold.core.gup.MisuseException;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.pagemap.Pagemap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a driver is told that its page is idle, and what it may do then. */
@Timeout(60)
class PagemapCallbacksTest extends PagemapTest {

    @Test
    void onlyManagedTypesAreToldAndOffTheSlot() {
        for (DevPagemapType type : DevPagemapType.values()) {
            freed.clear();
            DevPagemap pagemap = add(type, start, UNIT);
            long token = grab(start, 1, FOLL_GET);
            slot.enter();
            Grab.undo(core, token, deferred);
            assertThat(freed).as("inside the slot").isEmpty();
            slot.exit();
            assertThat(deferred.isEmpty()).isEqualTo(!type.isManaged());
            deferred.drain();
            assertThat(freed).hasSize(type.isManaged() ? 1 : 0);
            pagemap.remove();
        }
    }

    /** Two puts before a call is made: one call, which begins after both. */
    @Test
    void putsThatNobodyWasToldOfYetShareACall() {
        DevPagemap pagemap = add(DevPagemapType.FS_DAX, start, UNIT);
        for (int i = 0; i < 2; i++) {
            long token = grab(start + 3, 1, FOLL_GET);
            Grab.undo(core, token, deferred);
        }
        Grab.undo(core, grab(start + 5, 1, FOLL_GET), deferred);
        deferred.drain();
        assertThat(freed).containsExactlyInAnyOrder(start + 3, start + 5);
        pagemap.remove();
    }

    @Test
    void aCallbackThatThrowsStopsNoOther() {
        DevPagemap angry = pagemaps.add(DevPagemapOptions.of(DevPagemapType.FS_DAX, start, UNIT)
                .withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap pagemap, long headPfn) {
                        throw new IllegalArgumentException("frame " + headPfn);
                    }
                }));
        DevPagemap calm = add(DevPagemapType.FS_DAX, start + UNIT, UNIT);
        for (long pfn : new long[]{start, start + 1, start + UNIT}) {
            Grab.undo(core, grab(pfn, 1, FOLL_GET), deferred);
        }
        assertThatThrownBy(deferred::drain).isInstanceOf(IllegalArgumentException.class);
        assertThat(freed).containsExactly(start + UNIT);
        angry.remove();
        calm.remove();
    }

    @Test
    void anErrorOfACallbackStopsNeitherOthersNorTheRemoval() {
        DevPagemap angry = pagemaps.add(DevPagemapOptions.of(DevPagemapType.FS_DAX, start, UNIT)
                .withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap pagemap, long headPfn) {
                        freed.add(headPfn);
                        throw new OutOfMemoryError("frame " + headPfn);
                    }
                }));
        for (long pfn = start; pfn < start + 3; pfn++) {
            Grab.undo(core, grab(pfn, 1, FOLL_GET), deferred);
        }
        assertThatThrownBy(deferred::drain).isInstanceOf(OutOfMemoryError.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(2));
        assertThat(freed).hasSize(3);
        Grab.undo(core, grab(start, 1, FOLL_GET), deferred); // due, and the owner is not called yet when it is removed
        angry.remove();
        assertThat(freed).as("who removes it all hears no more").hasSize(3);
        freed.clear();
        assertThat(pagemaps.list()).isEmpty();
        assertThat(deferred.drain()).isZero();
        add(DevPagemapType.FS_DAX, start, UNIT).remove();
    }

    /** A callback of another thread begins and ends inside this one: the end of that one ends no other. */
    @Test
    void aCallbackIsToldSoThoughAnotherHasJustEnded() {
        List<Throwable> refusals = new ArrayList<>();
        Pagemap inner = add(DevPagemapType.PCI_P2PDMA, start + UNIT, UNIT);
        Pagemap outer = pagemaps.add(DevPagemapOptions.of(DevPagemapType.PCI_P2PDMA, start, UNIT)
                .withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap pagemap, long headPfn) {
                        Thread other = new Thread(() -> useOnce(start + UNIT));
                        other.start();
                        assertThatCode(other::join).doesNotThrowAnyException();
                        refusals.add(catchThrowable(pagemap::close));
                    }
                }));
        useOnce(start);
        assertThat(freed).containsExactly(start + UNIT);
        assertThat(refusals).singleElement().satisfies(refusal -> assertThat(refusal)
                .isInstanceOf(MisuseException.class).hasMessageContaining("by a callback of a pagemap"));
        outer.remove();
        inner.remove();
    }

    /** A put inside a callback has callbacks of its own: their end is not the end of the one around them. */
    @Test
    void aCallbackIsToldSoAfterThoseOfAPutOfItsOwn() {
        List<Throwable> refusals = new ArrayList<>();
        Pagemap other = add(DevPagemapType.PCI_P2PDMA, start + UNIT, UNIT);
        Pagemap outer = pagemaps.add(DevPagemapOptions.of(DevPagemapType.PCI_P2PDMA, start, UNIT)
                .withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap pagemap, long headPfn) {
                        if (headPfn < start + 2) {
                            useOnce(headPfn + 1); // of the same pagemap
                        }
                        useOnce(start + UNIT);
                        refusals.add(catchThrowable(pagemap::close));
                    }
                }));
        useOnce(start);
        assertThat(freed).containsExactly(start + UNIT, start + UNIT, start + UNIT);
        assertThat(refusals).hasSize(3).allSatisfy(refusal -> assertThat(refusal)
                .isInstanceOf(MisuseException.class).hasMessageContaining("by a callback of a pagemap"));
        outer.remove();
        other.remove();
    }

    /** A get and its put, by a walker of its own. */
    private void useOnce(long pfn) {
        FreeBatch batch = new FreeBatch(core);
        try (SharedSlot own = core.slots().open(0)) {
            own.enter();
            Grab.undo(core, Grab.trySpeculative(core, pfn, 1, FOLL_GET, batch), batch);
            own.exit();
        }
        assertThat(batch.drain()).isZero();
    }

    /**
     * Its end waits for callbacks, of its own and of others that the same put tells; the callback is told so and does
     * not hang.
     */
    @Test
    void aCallbackCannotWaitForTheEndOfAPagemap() {
        List<Throwable> refusals = new ArrayList<>();
        List<DevPagemap> both = new ArrayList<>();
        DevPagemapOps removing = new DevPagemapOps() {
            @Override
            public void pageFree(DevPagemap pagemap, long headPfn) {
                for (DevPagemap any : both) {
                    refusals.add(catchThrowable(any::remove));
                    assertThat(any.isLive()).as("nothing was begun").isTrue();
                }
                if (pagemap == both.getLast()) {
                    pagemap.kill();
                    refusals.add(catchThrowable(pagemap::close));
                    refusals.add(catchThrowable(() -> {
                        pagemap.awaitDone(); // may be done already
                        pagemap.close();
                    }));
                }
            }
        };
        for (int i = 0; i < 2; i++) {
            both.add(pagemaps.add(
                    DevPagemapOptions.of(DevPagemapType.PCI_P2PDMA, start + (long) i * UNIT, UNIT).withOps(removing)));
        }
        slot.enter(); // both are due when the batch is drained
        for (int i = 0; i < 2; i++) {
            long token = Grab.trySpeculative(core, start + (long) i * UNIT, 1, FOLL_GET, deferred);
            Grab.undo(core, token, deferred);
        }
        slot.exit();
        assertThat(deferred.drain()).isZero();
        assertThat(refusals).hasSize(6).allSatisfy(refusal -> assertThat(refusal)
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("by a callback of a pagemap"));
        both.getFirst().remove();
        both.getLast().awaitDone();
        both.getLast().close();
    }
}

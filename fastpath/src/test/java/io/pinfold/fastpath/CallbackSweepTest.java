package io.pinfold.fastpath;

import static io.pinfold.core.kernel.FollFlags.FOLL_WRITE;
import static io.pinfold.fastpath.CallbackWorld.BASE;
import static io.pinfold.fastpath.CallbackWorld.EACH;
import static io.pinfold.fastpath.CallbackWorld.LEAF;
import static io.pinfold.fastpath.CallbackWorld.PAGE;
import static io.pinfold.fastpath.CallbackWorld.PAGES;
import static io.pinfold.fastpath.CallbackWorld.PRIVATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.fastpath.CallbackWorld.Act;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The k-th callback throws, or answers what no driver may, for every k, in every operation that can reach one: the
 * exception arrives, nothing is held, every count fits, the same call succeeds afterwards, and everything can be
 * closed.
 */
@Timeout(120)
class CallbackSweepTest {
    private static final int LIES = 10;
    private static final long BYTES = (long) PAGES * PAGE;
    private static final int ANONYMOUS = MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.FIXED;

    /** An operation, what it answers when nothing fails, and whether it can be done again after it has failed. */
    private record Operation(String name, Consumer<CallbackWorld> before, ToLongFunction<CallbackWorld> run,
            long answer, boolean isRepeatable) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Operation op(String name, Consumer<CallbackWorld> before, long answer,
            ToLongFunction<CallbackWorld> run) {
        return new Operation(name, before, run, answer, true);
    }

    private static Operation release(String name, long answer, ToLongFunction<CallbackWorld> run) {
        return new Operation(name, CallbackWorld::holdUnmapped, run, answer, false);
    }

    private static final Consumer<CallbackWorld> FRESH = world -> {
    };

    private static final List<Operation> OPERATIONS = List.of(
            op("slow pin", FRESH, PAGES, w -> {
                int n = w.space.pinUserPagesUnlocked(BASE, PAGES, GupOptions.WRITE, Kinds.pins(w.batch));
                return checked(w, n);
            }), op("slow get under the lock", FRESH, PAGES, w -> {
                try (MmapGuard guard = w.space.readLock()) {
                    return w.space.getUserPages(guard, BASE, PAGES, GupOptions.WRITE, Kinds.gets(w.batch));
                }
            }), op("slow pin of extents", FRESH, PAGES, w -> {
                int n = w.space.pinUserPagesUnlocked(BASE, PAGES, GupOptions.WRITE, Kinds.pins(w.extents));
                return n > 0 ? w.memory.unpinUserPages(Kinds.pins(w.extents)) : n;
            }), op("prefault", FRESH, PAGES, w -> Gup.getUserPagesUnlocked(w.space, BASE, PAGES, FOLL_WRITE, null)),
            op("fast pin", FRESH, PAGES,
                    w -> checked(w, w.session.pinUserPagesFast(w.space, BASE, PAGES, GupOptions.WRITE,
                            Kinds.pins(w.batch)))),
            op("fast get that holds a part", w -> w.cpu.fill(BASE, (long) EACH * PAGE, (byte) 1), PAGES,
                    w -> checked(w,
                            w.session.getUserPagesFast(w.space, BASE, PAGES, GupOptions.WRITE, Kinds.gets(w.batch)))),
            op("fast pin of extents that holds a part", w -> w.cpu.fill(BASE, (long) EACH * PAGE, (byte) 1), PAGES,
                    w -> {
                        int n = w.session.pinUserPagesFast(w.space, BASE, PAGES, GupOptions.WRITE,
                                Kinds.pins(w.extents));
                        return n > 0 ? w.memory.unpinUserPages(Kinds.pins(w.extents)) : n;
                    }),
            op("pin of a pool", FRESH, PAGES, w -> checked(w, w.pool.pinUserPagesFast(w.space, BASE, PAGES,
                    GupOptions.WRITE, Kinds.pins(w.batch)))),
            op("pinned range", FRESH, PAGES, w -> {
                try (PinnedRange range = PinnedRange.pin(w.session, w.space, BASE, BYTES, GupOptions.WRITE)) {
                    return range.pages();
                }
            }), op("loads", FRESH, 0, w -> {
                for (int page = 0; page < PAGES; page++) {
                    long _ = w.cpu.loadLong(BASE + (long) page * PAGE);
                }
                return 0;
            }), op("fill", FRESH, 0, w -> {
                w.cpu.fill(BASE, BYTES, (byte) 1);
                return 0;
            }), op("a leaf", FRESH, 0, w -> {
                w.cpu.storeLong(LEAF + PAGE, 1);
                return 0;
            }), op("poison", FRESH, 0, w -> w.space.madvise(PRIVATE, PAGE, AddressSpace.MADV_HWPOISON)),
            op("munmap", CallbackWorld::touch, 0, w -> w.space.munmap(BASE, BYTES)),
            op("mmap over it", CallbackWorld::touch, BASE, w -> w.space.mmap(BASE, BYTES, Prot.READ_WRITE, ANONYMOUS)),
            op("discard", CallbackWorld::touch, 0, w -> w.space.madvise(BASE, BYTES, AddressSpace.MADV_DONTNEED)),
            op("close of the space", CallbackWorld::touch, 0, w -> {
                w.space.close();
                return 0;
            }), op("unmap of an object", CallbackWorld::touch, 0, w -> {
                w.objects.getLast().unmap(0, EACH);
                return 0;
            }),
            op("unmap and then", CallbackWorld::touch, 1, w -> w.objects.getLast().unmapAndThen(0, EACH, w.action())),
            op("shut down", CallbackWorld::touch, 0, w -> {
                w.objects.forEach(object -> object.shutDown());
                return 0;
            }), release("unpin", 3 * EACH, w -> w.memory.unpinUserPages(Kinds.pins(w.batch))),
            release("unpin of dirty pages", 3 * EACH, w -> w.memory.unpinUserPagesDirtyLock(Kinds.pins(w.batch), true)),
            release("unpin of a part", EACH,
                    w -> w.memory.unpinUserPagesDirtyLock(Kinds.pins(w.batch), EACH, EACH, true)));

    /** The batch holds what the answer says, which is what is mapped; it is given back. */
    private static int checked(CallbackWorld world, int n) {
        PageBatch<?> batch = world.batch;
        assertThat(batch.size()).isEqualTo(Math.max(n, 0));
        for (int i = 0; i < batch.length(); i++) {
            assertThat(batch.pfn(i)).isEqualTo(world.space.frameAt(BASE + (long) i * PAGE));
        }
        return n <= 0 ? n : batch.isPinned() ? world.memory.unpinUserPages(Kinds.pins(batch))
                : world.memory.putPages(Kinds.gets(batch));
    }

    static List<Arguments> operations() {
        List<Arguments> all = new ArrayList<>();
        for (Operation operation : OPERATIONS) {
            for (Act act : Act.values()) {
                all.add(arguments(operation, act));
            }
        }
        return all;
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("operations")
    void theKthCallbackFails(Operation operation, Act act) {
        for (int lie = 0; lie < (act == Act.LIE ? LIES : 1); lie++) {
            int k = 1;
            while (fails(operation, act, k, lie)) {
                k++;
            }
            assertThat(k).as("callbacks that were reached").isGreaterThan(1);
        }
    }

    /** Whether there was a k-th callback. */
    private static boolean fails(Operation operation, Act act, int k, int lie) {
        try (CallbackWorld world = new CallbackWorld()) {
            operation.before.accept(world);
            world.arm(act, k, lie);
            Throwable thrown = null;
            boolean isDone = false;
            try {
                isDone = operation.run.applyAsLong(world) == operation.answer;
                assertThat(isDone || world.calls >= k).as("without a failure").isTrue();
            } catch (Throwable e) {
                thrown = e;
            }
            boolean isReached = world.calls >= k;
            assertThrown(world.planted, act, thrown);
            world.arm(act, 0, 0);
            world.assertNothingIsHeld();
            if (!isDone && operation.isRepeatable) {
                assertThat(operation.run.applyAsLong(world)).as("again, after callback %d failed", k)
                        .isEqualTo(operation.answer);
                world.assertNothingIsHeld();
            }
            return isReached;
        }
    }

    private static void assertThrown(@Nullable Throwable planted, Act act, @Nullable Throwable thrown) {
        if (act == Act.LIE && thrown != null) {
            assertThat(thrown).isInstanceOfAny(SegmentationFault.class, PinException.class);
        } else {
            assertThat(thrown).isSameAs(planted);
        }
    }
}

package io.pinfold.fastpath;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.Errno;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.kernel.FollFlags;
import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.Cpu;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SegmentationFault;
import io.pinfold.core.words.Words;
import io.pinfold.fastpath.kernel.FastGup;
import java.util.ArrayDeque;
import java.util.SplittableRandom;

/** One stress thread: a random mix of everything there is. */
final class StressWorker implements Runnable {

    private static final int BATCHES = 4;
    private static final int PAGES_MAX = 16;
    /** Bounds the frames that are out, so that the memory never runs empty. */
    private static final int HANDED_OVER_MAX = 64;

    private final StressWorld world;
    private final SplittableRandom random;
    private final int operations;
    private final GupSession session;
    private final Cpu[] cpus;
    private final ArrayDeque<PageBatch<?>> empty = new ArrayDeque<>();
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private long obtained;

    StressWorker(StressWorld world, long seed, int operations) {
        this.world = world;
        this.random = new SplittableRandom(seed);
        this.operations = operations;
        this.session = GupSession.open(world.memory);
        session.detach(); // to the thread that runs it
        this.cpus = new Cpu[]{world.spaces[0].openCpu(), world.spaces[1].openCpu()};
        for (int i = 0; i < BATCHES; i++) {
            empty.add(world.memory.newPageBatch(PAGES_MAX));
        }
    }

    @Override
    public void run() {
        session.attach();
        try {
            for (int i = 0; i < operations && world.isRunning(); i++) {
                operation();
            }
        } catch (Throwable e) {
            world.failed(e);
        }
    }

    private void operation() {
        int window = random.nextInt(world.windows());
        int first = random.nextInt(StressWorld.PAGES);
        int pages = 1 + random.nextInt(Math.min(PAGES_MAX, StressWorld.PAGES - first));
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4, 5 -> obtain(window, first, pages);
            case 6, 7, 8 -> release();
            case 9 -> handOver();
            case 10, 11, 12 -> store(window, first, pages);
            case 13 -> load(window, first, pages);
            case 14 -> held.forEach(Held::check);
            default -> change(window, first, pages);
        }
    }

    private void change(int window, int first, int pages) {
        AddressSpace space = world.space(window);
        long address = world.address(window, first);
        long bytes = (long) pages * StressWorld.PAGE;
        switch (random.nextInt(16)) {
            case 0, 1 -> space.munmap(address, bytes);
            case 2 -> space.munmap(world.address(window, 0), (long) StressWorld.PAGES * StressWorld.PAGE);
            case 3, 4, 5 -> world.map(window, first, pages, Prot.READ_WRITE);
            case 6 -> world.map(window, 0, StressWorld.PAGES, Prot.READ_WRITE);
            case 7 -> space.mprotect(address, bytes, Prot.READ);
            case 8, 9 -> space.mprotect(address, bytes, Prot.READ_WRITE);
            case 10, 11, 12 -> {
                // Gone and back at once, in other frames: what a walk in between must not mix up.
                space.madvise(address, bytes, AddressSpace.MADV_DONTNEED);
                store(window, first, pages);
            }
            default -> Gup.getUserPagesUnlocked(space, address, pages, FollFlags.FOLL_WRITE, null);
        }
    }

    private void obtain(int window, int first, int pages) {
        PageBatch<?> batch = empty.poll();
        if (batch == null) {
            release();
            return;
        }
        boolean pin = random.nextBoolean();
        boolean write = random.nextBoolean();
        boolean longterm = pin && random.nextInt(8) == 0;
        int flags = (write ? FollFlags.FOLL_WRITE : 0) | (longterm ? FollFlags.FOLL_LONGTERM : 0);
        int n = call(window, world.address(window, first) + random.nextInt(StressWorld.PAGE), pages, flags, pin, batch);
        if (n <= 0) {
            if (n != 0 && n != -Errno.EFAULT && !(n == -Errno.ENOMEM && longterm)) {
                throw new AssertionError("answer " + n + " to flags 0x" + Integer.toHexString(flags));
            }
            empty.add(batch);
            return;
        }
        obtained += n;
        for (int i = 0; i < n; i++) {
            long pfn = batch.pfn(i);
            world.check(window, first + i, pfn);
            if (write) {
                if (pfn == world.memory.zeroPfn()) {
                    throw new AssertionError("I10: the zero page to write to");
                }
                Words.setLongVolatile(Bridge.core(world.memory).frameAddress(pfn), world.stamp(window, first + i));
            }
            if (longterm && !world.memory.isLongtermPinnable(pfn)) {
                throw new AssertionError("I11: frame " + pfn + " pinned for long");
            }
        }
        held.add(new Held(world, batch, pin, window, first));
    }

    private int call(int window, long address, int pages, int flags, boolean pin, PageBatch<?> batch) {
        AddressSpace space = world.space(window);
        switch (random.nextInt(8)) {
            case 0 -> {
                return pin ? FastGup.pinUserPagesFastOnly(session, space, address, pages, flags, Kinds.pins(batch))
                        : FastGup.getUserPagesFastOnly(session, space, address, pages, flags, Kinds.gets(batch));
            }
            case 1 -> {
                try (MmapGuard guard = space.readLock()) {
                    return pin ? Gup.pinUserPages(space, guard, address, pages, flags, Kinds.pins(batch))
                            : Gup.getUserPages(space, guard, address, pages, flags, Kinds.gets(batch));
                }
            }
            case 2 -> {
                int shortTerm = flags & ~FollFlags.FOLL_LONGTERM;
                return pin && shortTerm == flags
                        ? Gup.pinUserPagesUnlocked(space, address, pages, flags, Kinds.pins(batch))
                        : fast(pin, space, address, pages, flags, batch);
            }
            default -> {
                return fast(pin, space, address, pages, flags, batch);
            }
        }
    }

    private int fast(boolean pin, AddressSpace space, long address, int pages, int flags, PageBatch<?> batch) {
        return pin ? FastGup.pinUserPagesFast(session, space, address, pages, flags, Kinds.pins(batch))
                : FastGup.getUserPagesFast(session, space, address, pages, flags, Kinds.gets(batch));
    }

    private void release() {
        Held next = random.nextInt(4) == 0 ? world.handedOver.poll() : held.poll();
        if (next != null) {
            PageBatch<?> batch = next.release();
            if (empty.size() + held.size() < BATCHES) {
                empty.add(batch);
            } else {
                batch.close();
            }
        }
    }

    private void handOver() {
        if (!held.isEmpty() && world.handedOver.size() < HANDED_OVER_MAX) {
            world.handedOver.add(held.poll());
            empty.add(world.memory.newPageBatch(PAGES_MAX));
        }
    }

    private void store(int window, int first, int pages) {
        try {
            for (int i = 0; i < pages; i++) {
                cpus[window & 1].storeLong(world.address(window, first + i), world.stamp(window, first + i));
            }
        } catch (SegmentationFault e) {
            // unmapped or read-only by now
        }
    }

    private void load(int window, int first, int pages) {
        try {
            for (int i = 0; i < pages; i++) {
                long word = cpus[window & 1].loadLong(world.address(window, first + i));
                if (word != 0 && word != world.stamp(window, first + i)) {
                    throw new AssertionError("page " + (first + i) + " of window " + window + " reads 0x"
                            + Long.toHexString(word) + " through the mapping");
                }
            }
        } catch (SegmentationFault e) {
            // unmapped by now
        }
    }

    long obtained() {
        return obtained;
    }

    /** After all threads have ended. */
    void releaseAll() {
        for (Held next = held.poll(); next != null; next = held.poll()) {
            next.release().close();
        }
        for (Held next = world.handedOver.poll(); next != null; next = world.handedOver.poll()) {
            next.release().close();
        }
        empty.forEach(PageBatch::close);
    }

    void close() {
        session.close();
        for (Cpu cpu : cpus) {
            cpu.close();
        }
    }
}

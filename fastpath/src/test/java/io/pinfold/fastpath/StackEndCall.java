package io.pinfold.fastpath;

import static io.pinfold.fastpath.StackEndWorld.PAGE;
import static io.pinfold.fastpath.StackEndWorld.PAGES;

import io.pinfold.core.forms.Kinds;
import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.MmapGuard;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.mm.SharedMemory;
import io.pinfold.core.pgtable.Geometry;

/** The calls that are made near the end of the stack. Each changes something under a lock, in a slot or in a batch. */
enum StackEndCall {
    MMAP {
        @Override
        void act(StackEndWorld w) {
            w.mapped = w.space.mmap(0, BYTES, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
        }
    },
    MMAP_SHARED {
        @Override
        void act(StackEndWorld w) {
            w.mapped = w.space.mmap(0, BYTES, Prot.READ_WRITE, MapFlags.SHARED | MapFlags.ANONYMOUS);
        }
    },
    MUNMAP {
        @Override
        void prepare(StackEndWorld w) {
            w.mapped = w.space.mmap(0, BYTES, Prot.READ_WRITE, MapFlags.SHARED | MapFlags.ANONYMOUS);
            w.cpu.fill(w.mapped, BYTES, (byte) 1);
        }

        @Override
        void act(StackEndWorld w) {
            zero(w.space.munmap(w.mapped, BYTES));
        }
    },
    MPROTECT {
        @Override
        void act(StackEndWorld w) {
            zero(w.space.mprotect(w.base + PAGE, PAGE, Prot.READ));
        }
    },
    MADVISE {
        @Override
        void act(StackEndWorld w) {
            zero(w.space.madvise(w.base, BYTES, AddressSpace.MADV_DONTNEED));
        }
    },
    MADVISE_HUGEPAGE {
        @Override
        void act(StackEndWorld w) {
            zero(w.space.madvise(w.base, PAGE, AddressSpace.MADV_HUGEPAGE));
            zero(w.space.madvise(w.base, PAGE, AddressSpace.MADV_NOHUGEPAGE));
        }
    },
    CPU_LOAD {
        @Override
        void act(StackEndWorld w) {
            zero((int) (w.cpu.loadLong(w.base) >>> 60));
        }
    },
    CPU_STORE {
        @Override
        void act(StackEndWorld w) {
            w.cpu.storeLong(w.base, 1);
        }
    },
    CPU_FIRST_LOAD {
        @Override
        void prepare(StackEndWorld w) {
            w.dropAll();
        }

        @Override
        void act(StackEndWorld w) {
            zero((int) w.cpu.loadLong(w.base));
        }
    },
    CPU_FIRST_STORE {
        @Override
        void prepare(StackEndWorld w) {
            w.dropAll();
        }

        @Override
        void act(StackEndWorld w) {
            w.cpu.storeLong(w.base, 1);
        }
    },
    CPU_COPY_ON_WRITE {
        @Override
        void prepare(StackEndWorld w) {
            w.dropAll();
            zero((int) w.cpu.loadLong(w.base));
        }

        @Override
        void act(StackEndWorld w) {
            w.cpu.storeLong(w.base, 1);
        }
    },
    CPU_COPY_IN {
        @Override
        void act(StackEndWorld w) {
            w.cpu.copyIn(w.base + 100, new byte[PAGE], 0, PAGE);
        }
    },
    PIN_FAST {
        @Override
        void act(StackEndWorld w) {
            pages(w.session.pinUserPagesFast(w.space, w.base, PAGES, GupOptions.WRITE, Kinds.pins(w.batch)));
        }
    },
    PIN_FAST_EXTENTS {
        @Override
        void act(StackEndWorld w) {
            pages(w.session.pinUserPagesFast(w.space, w.base, PAGES, GupOptions.WRITE, Kinds.pins(w.extents)));
        }
    },
    PIN_SLOW {
        @Override
        void prepare(StackEndWorld w) {
            w.dropAll();
        }

        @Override
        void act(StackEndWorld w) {
            pages(w.session.pinUserPagesFast(w.space, w.base, PAGES, GupOptions.WRITE, Kinds.pins(w.batch)));
        }
    },
    GET_FAST_ONLY {
        @Override
        void act(StackEndWorld w) {
            pages(w.session.getUserPagesFastOnly(w.space, w.base, PAGES, GupOptions.READ, Kinds.gets(w.batch)));
        }
    },
    PIN_UNLOCKED {
        @Override
        void prepare(StackEndWorld w) {
            w.dropAll();
        }

        @Override
        void act(StackEndWorld w) {
            pages(w.space.pinUserPagesUnlocked(w.base, PAGES, GupOptions.WRITE, Kinds.pins(w.batch)));
        }
    },
    PIN_GUARDED {
        @Override
        void act(StackEndWorld w) {
            try (MmapGuard guard = w.space.readLock()) {
                pages(w.space.pinUserPages(guard, w.base, PAGES, GupOptions.WRITE, Kinds.pins(w.batch)));
            }
        }
    },
    POOL {
        @Override
        void act(StackEndWorld w) {
            pages(w.pool.pinUserPagesFast(w.space, w.base, PAGES, GupOptions.WRITE, Kinds.pins(w.batch)));
        }
    },
    PINNED_RANGE {
        @Override
        void act(StackEndWorld w) {
            w.made = PinnedRange.pin(w.session, w.space, w.base, BYTES, GupOptions.WRITE);
        }
    },
    UNPIN {
        @Override
        void prepare(StackEndWorld w) {
            w.pinAll();
            zero(w.space.madvise(w.base, BYTES, AddressSpace.MADV_DONTNEED)); // the pins are the last references
            pages(w.memory.unpinUserPages(Kinds.pins(w.extents)));
        }

        @Override
        void act(StackEndWorld w) {
            pages(w.memory.unpinUserPages(Kinds.pins(w.batch)));
        }
    },
    UNPIN_DIRTY {
        @Override
        void prepare(StackEndWorld w) {
            w.pinAll();
        }

        @Override
        void act(StackEndWorld w) {
            pages(w.memory.unpinUserPagesDirtyLock(Kinds.pins(w.extents), true));
        }
    },
    UNPIN_PART {
        @Override
        void prepare(StackEndWorld w) {
            w.pinAll();
        }

        @Override
        void act(StackEndWorld w) {
            zero(w.memory.unpinUserPagesDirtyLock(Kinds.pins(w.batch), 1, 2, true) - 2);
            zero(w.memory.unpinUserPagesDirtyLock(Kinds.pins(w.extents), 0, 0, 1, true) - 1);
        }
    },
    BATCH {
        @Override
        void act(StackEndWorld w) {
            w.made = w.memory.newPageBatch(PAGES);
        }
    },
    HANDLE_ALLOCATE {
        @Override
        void act(StackEndWorld w) {
            w.handle = w.memory.handles().allocate();
        }
    },
    HANDLE_PUT {
        @Override
        void prepare(StackEndWorld w) {
            w.handle = w.memory.handles().allocate();
        }

        @Override
        void act(StackEndWorld w) {
            w.memory.handles().put(w.handle);
            w.handle = FrameHandle.NONE;
        }
    },
    HANDLE_PIN {
        @Override
        void prepare(StackEndWorld w) {
            w.handle = w.memory.handles().allocate();
        }

        @Override
        void act(StackEndWorld w) {
            if (w.pin == FrameHandle.NONE) {
                w.pin = w.session.tryPin(w.handle);
            }
            w.memory.handles().unpin(w.pin);
            w.pin = FrameHandle.NONE;
        }

        @Override
        void finish(StackEndWorld w) {
            if (w.pin != FrameHandle.NONE) {
                w.memory.handles().unpin(w.pin);
                w.pin = FrameHandle.NONE;
            }
        }
    },
    HANDLE_PIN_WITHOUT_SESSION {
        @Override
        void prepare(StackEndWorld w) {
            w.handle = w.memory.handles().allocate();
        }

        @Override
        void act(StackEndWorld w) {
            if (w.pin == FrameHandle.NONE) {
                w.pin = w.memory.handles().tryPin(w.handle);
            }
            w.memory.handles().unpin(w.pin);
            w.pin = FrameHandle.NONE;
        }

        @Override
        void finish(StackEndWorld w) {
            HANDLE_PIN.finish(w);
        }
    },
    HANDLE_EVICT {
        @Override
        void prepare(StackEndWorld w) {
            w.handle = w.memory.handles().allocate();
            zero(w.memory.handles().tryFreeze(w.handle) ? 0 : 1);
        }

        @Override
        void act(StackEndWorld w) {
            w.memory.handles().free(w.handle);
            w.handle = FrameHandle.NONE;
        }

        @Override
        void finish(StackEndWorld w) {
            if (w.handle != FrameHandle.NONE) {
                w.memory.handles().unfreeze(w.handle);
            }
        }
    },
    SESSION {
        @Override
        void act(StackEndWorld w) {
            w.made = GupSession.open(w.memory);
        }
    },
    CPU {
        @Override
        void act(StackEndWorld w) {
            w.made = w.space.openCpu();
        }
    },
    SPACE {
        @Override
        void act(StackEndWorld w) {
            w.made = AddressSpace.create(w.memory);
        }
    },
    SPACE_CLOSE {
        @Override
        void prepare(StackEndWorld w) {
            AddressSpace space = AddressSpace.create(w.memory);
            w.made = space;
            long address = space.mmap(0, BYTES, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
            try (var cpu = space.openCpu()) {
                cpu.fill(address, BYTES, (byte) 1);
            }
        }

        @Override
        void act(StackEndWorld w) throws Exception {
            w.made.close();
        }
    },
    OBJECT {
        @Override
        void act(StackEndWorld w) {
            w.made = SharedMemory.create(w.memory, BYTES);
        }
    },
    MEMORY_CLOSE {
        @Override
        void act(StackEndWorld w) {
            try {
                w.memory.close();
            } catch (IllegalStateException open) {
                w.closes++; // the space is open, and the memory says so
            }
        }
    },
    MEMORY_PAGE {
        @Override
        void act(StackEndWorld w) {
            zero((int) (w.memory.page(2).pfn() - 2));
        }
    },
    AUDIT {
        @Override
        void act(StackEndWorld w) {
            MemoryAudit.check(w.memory);
        }
    },
    PAGEMAP_ADD {
        @Override
        void act(StackEndWorld w) {
            w.pagemap = w.addPagemap();
        }
    },
    PAGEMAP_KILL {
        @Override
        void prepare(StackEndWorld w) {
            w.pagemap = w.addPagemap();
        }

        @Override
        void act(StackEndWorld w) {
            w.pagemap.kill();
        }

        @Override
        void finish(StackEndWorld w) {
            if (!w.pagemap.isLive()) {
                w.pagemap.awaitDone();
                w.pagemap.close();
                w.pagemap = null;
            }
        }
    },
    PAGEMAP_REMOVE {
        @Override
        void prepare(StackEndWorld w) {
            w.pagemap = w.addPagemap();
        }

        @Override
        void act(StackEndWorld w) {
            w.pagemap.remove();
            w.pagemap = null;
        }
    },
    HUGETLB {
        @Override
        void act(StackEndWorld w) {
            long address = w.space.mmap(0, 1, Prot.READ_WRITE,
                    MapFlags.PRIVATE | MapFlags.ANONYMOUS | MapFlags.HUGETLB);
            w.hugetlb = address > 0 ? address : 0;
        }

        @Override
        void finish(StackEndWorld w) {
            if (w.hugetlb != 0) {
                zero(w.space.munmap(w.hugetlb, Geometry.levelBytes(Geometry.PMD)));
                w.hugetlb = 0;
            }
        }
    };

    private static final long BYTES = (long) PAGES * PAGE;

    /** On an ordinary stack, before each. */
    void prepare(StackEndWorld w) {
        w.touchAll();
    }

    /** Near the end of the stack. */
    abstract void act(StackEndWorld w) throws Exception;

    /** On an ordinary stack, after each, whether it was done or not. */
    void finish(StackEndWorld w) {
        // nothing more than what is given back after each
    }

    private static void zero(int result) {
        if (result != 0) {
            throw new IllegalStateException("result " + result);
        }
    }

    private static void pages(int result) {
        zero(result - PAGES);
    }
}

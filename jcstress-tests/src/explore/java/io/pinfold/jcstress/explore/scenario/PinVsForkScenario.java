package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.foll.FollBits;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.mm.space.MmControl;
import io.pinfold.core.page.PageFlags;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.pgtable.Entries;
import io.pinfold.core.pgtable.Entry;
import io.pinfold.core.pgtable.Geometry;
import io.pinfold.core.pgtable.PageTables;
import io.pinfold.core.words.SharedMutex;
import io.pinfold.core.words.Words;

/**
 * R4: a page is pinned in a space in which nothing was ever pinned, while a fork copies the pages that may be pinned
 * and shares the rest. Fork is an opponent: its steps FORK1 to FORK4 on the shipping control block and tables.
 */
public final class PinVsForkScenario extends ProtocolScenario {

    public PinVsForkScenario() {
        super("pin-vs-fork", "R4", "a pin against fork (opponent): never pinned and shared",
                () -> new Page(false));
        require("PINNED, COPIED", "PERMISSION, SHARED", "FORK_SEQ, SHARED", "CHANGED_PTE, SHARED");
        allow("FORK_SEQ|CHANGED_PTE, COPIED", "NONE_PRESENT, SHARED");
    }

    /** The slow path against a fork; both take mmap_lock: HAS_PINNED is set before the lock is given back (M16). */
    public static final class Slow extends ProtocolScenario {

        public Slow() {
            super("slow-pin-vs-fork", "R4", "pin_user_pages against fork (opponent): never pinned and shared",
                    () -> new Page(true));
            require("PINNED, COPIED", "PINNED, SHARED");
        }
    }

    private static final class Page extends ScenarioWorld {
        private final long pfn;
        private final int born;
        private final long table;
        private final long pte;

        private final boolean isSlow;
        private final SharedMutex mmapLock = (SharedMutex) Peek.object(space, "mm", "mmapLock");

        Page(boolean isSlow) {
            super("walker", "fork");
            this.isSlow = isSlow;
            map(BASE, 1);
            pfn = frameAt(BASE);
            born = generation(pfn);
            table = tableAt(BASE, Geometry.PTE);
            pte = entryAddress(BASE, Geometry.PTE);
            Words.setLongVolatile(Bridge.control(space) + MmControl.MM_FLAGS, 0);
            watchEntry(BASE, Geometry.PTE);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (strand == 0) {
                return isSlow ? slowPin(BASE, FollBits.FOLL_WRITE) : pin(BASE, 1);
            }
            long stamp = mmapLock.lockExclusive();
            String did = fork();
            mmapLock.unlock(stamp);
            return did;
        }

        private String fork() {
            long sequence = Bridge.control(space) + MmControl.WRITE_PROTECT_SEQ;
            int before = Words.getAndAddInt(sequence, 1); // FORK1: odd
            PageTables.lock(core, table);
            boolean pinned = (Words.getLongVolatile(Bridge.control(space) + MmControl.MM_FLAGS)
                    & MmControl.HAS_PINNED) != 0
                    && maybePinned(pfn); // FORK2
            if (!pinned) {
                long _ = PageFlags.clear(record(pfn), PageFlags.ANON_EXCLUSIVE);
                long old = Entries.exchange(pte, Entry.NONE); // FORK3
                Entries.store(pte, old & ~Entry.WRITE);
                PageRefs.add(record(pfn), 1);
                PageRefs.addMapping(record(pfn));
            }
            PageTables.unlock(core, table);
            Words.setIntRelease(sequence, before + 2); // FORK4: even
            return pinned ? "COPIED" : "SHARED";
        }

        @Override
        void settle() {
            boolean pinned = said(0, "PINNED") && batch.pfn(0) == pfn;
            if (said(0, "PINNED") && !pinned) { // the fork was first, and the write fault has copied
                check("I6", said(1, "SHARED"), "pinned frame " + batch.pfn(0) + ", and no thread shared " + pfn);
                release();
                checkPage(pfn, 1, born, 0);
                return;
            }
            int mappings = said(1, "SHARED") ? 2 : 1;
            check("I6", !pinned || mappings == 1, "the page is pinned and shared with a child");
            checkPage(pfn, (pinned ? BIAS : 0) + mappings, born, 0);
            release();
            checkPage(pfn, mappings, born, 0);
        }
    }
}

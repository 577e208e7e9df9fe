package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.page.PageFlags;
import io.pinfold.core.pgtable.TableLock;
import io.pinfold.core.words.Words;

/**
 * The lock of a page table and the lock of a folio, each a bit in a word: three strands increment a plain counter, and
 * two of them find the lock held and wait. No update is lost, and a lost wake-up is a deadlock.
 */
public final class LocksExcludeScenario extends ProtocolScenario {
    private static final int STRANDS = 3;

    public LocksExcludeScenario() {
        super("table-lock", "-", "three takers of TableLock: exclusion, and every waiter is woken",
                () -> new Lock(true));
        require("DONE, DONE, DONE");
    }

    /** The folio lock, whose word holds flags that others change meanwhile. */
    public static final class Folio extends ProtocolScenario {

        public Folio() {
            super("folio-lock", "-",
                    "three takers of the folio lock, one of which sets flags: exclusion, wake-up, no flag lost",
                    () -> new Lock(false));
            require("DONE, DONE, DONE");
        }
    }

    private static final class Lock extends ScenarioWorld {
        private final boolean table;
        private final long record;
        private final long counter;

        Lock(boolean table) {
            super("first", "second", "third");
            this.table = table;
            long pfn = allocate();
            record = record(pfn);
            counter = core.frameAddress(pfn);
            Words.setLongVolatile(counter, 0);
            watch("counter", counter, Shown.LONG);
            watchPage("page", pfn);
            built();
        }

        @Override
        String play(int strand) {
            if (table) {
                TableLock.lock(record);
            } else {
                PageFlags.lock(record);
            }
            Words.setLong(counter, Words.getLong(counter) + 1);
            if (table) {
                TableLock.unlock(record);
            } else {
                if (strand == 0) {
                    long _ = PageFlags.set(record, PageFlags.DIRTY);
                }
                PageFlags.unlock(record);
            }
            return "DONE";
        }

        @Override
        void settle() {
            long count = Words.getLongVolatile(counter);
            check("I13", count == STRANDS, "the counter is " + count + " after " + STRANDS + " turns");
            check("I13", table ? !TableLock.isHeld(record) : !PageFlags.test(record, PageFlags.LOCKED), "still locked");
            check("I2", table || PageFlags.test(record, PageFlags.DIRTY), "a flag was lost");
            check("I2", table || !PageFlags.test(record, PageFlags.WAITERS), "a waiter is still marked");
        }
    }
}

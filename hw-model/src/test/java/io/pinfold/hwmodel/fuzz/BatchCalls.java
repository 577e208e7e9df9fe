package io.pinfold.hwmodel.fuzz;

import static io.pinfold.hwmodel.fuzz.Gens.CAPACITY;
import static io.pinfold.hwmodel.fuzz.Gens.FLAG;
import static io.pinfold.hwmodel.fuzz.Gens.MEMORY;
import static io.pinfold.hwmodel.fuzz.Gens.heldBatch;

import io.pinfold.core.kernel.Gup;
import io.pinfold.core.memory.Batch;
import io.pinfold.core.memory.ExtentBatch;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.PhysicalMemory;

/** Calls on batches: their queries, and every way to give back their pages. */
final class BatchCalls {
    private static final Gen ANY_LIST = Gens.own(PageBatch.class);
    private static final Gen ANY_EXTENTS = Gens.own(ExtentBatch.class);
    private static final Gen ANY = draw -> draw.random.nextBoolean() ? ANY_LIST.draw(draw) : ANY_EXTENTS.draw(draw);
    private static final Gen FIRST = draw -> (int) draw.first;
    private static final Gen SECOND = draw -> (int) draw.second;

    private BatchCalls() {
    }

    static void add(Calls calls) {
        Class<PhysicalMemory> memory = PhysicalMemory.class;
        calls.add(memory, "putPages(Batch)", MEMORY, heldBatch(Batch.class, false)).deep();
        calls.add(Gup.class, "releasePages(Batch)", null, heldBatch(Batch.class, false)).deep();
        calls.add(memory, "putPages(PageBatch,int,int)", MEMORY, part(false), FIRST, SECOND).deep();
        calls.add(memory, "putPages(ExtentBatch,int,int,int)", MEMORY, heldBatch(ExtentBatch.class, false), extent(),
                FIRST, SECOND).deep();
        calls.add(memory, "unpinUserPages(Batch)", MEMORY, heldBatch(Batch.class, true)).deep();
        calls.add(memory, "unpinUserPagesDirtyLock(Batch,boolean)", MEMORY, heldBatch(Batch.class, true), FLAG).deep();
        calls.add(memory, "unpinUserPagesDirtyLock(PageBatch,int,int,boolean)", MEMORY, part(true), FIRST, SECOND, FLAG)
                .deep();
        calls.add(memory, "unpinUserPagesDirtyLock(ExtentBatch,int,int,int,boolean)", MEMORY,
                heldBatch(ExtentBatch.class, true), extent(), FIRST, SECOND, FLAG).deep();

        calls.maker(PageBatch.class, calls.of("PhysicalMemory.newPageBatch(int)"));
        calls.maker(ExtentBatch.class, calls.of("PhysicalMemory.newExtentBatch(int)"));
        calls.add(PageBatch.class, "create(PhysicalMemory,int)", null, MEMORY, CAPACITY).makesOwn(8);
        calls.add(ExtentBatch.class, "create(PhysicalMemory,int)", null, MEMORY, CAPACITY).makesOwn(5);
        calls.add(Batch.class, "close()", emptyToClose()).then(Closing::buried);
        calls.rest(Batch.class, ANY);
        calls.add(PageBatch.class, "pfn(int)", part(true), FIRST);
        calls.rest(PageBatch.class, ANY_LIST);
        calls.add(ExtentBatch.class, "firstPfn(int)", heldBatch(ExtentBatch.class, true), extent());
        calls.add(ExtentBatch.class, "pages(int)", heldBatch(ExtentBatch.class, true), extent());
        calls.rest(ExtentBatch.class, ANY_EXTENTS);
    }

    /** A list that holds something, and entries of it that were not given back yet. */
    private static Gen part(boolean isPinned) {
        Gen held = heldBatch(PageBatch.class, isPinned);
        return draw -> {
            PageBatch<?> batch = (PageBatch<?>) held.draw(draw);
            if (batch == null) {
                return null;
            }
            int length = Math.max(1, batch.length());
            int from = draw.random.nextInt(length);
            for (int i = 0; i < length && at(batch, from) == 0; i++) {
                from = (from + 1) % length;
            }
            int count = 1;
            while (from + count < length && at(batch, from + count) != 0 && !draw.oneIn(3)) {
                count++;
            }
            draw.first = from;
            draw.second = count;
            return batch;
        };
    }

    /** The frame number at an index; 0 if another thread gives the batch back. */
    private static long at(PageBatch<?> batch, int index) {
        try {
            return batch.pfn(index);
        } catch (IndexOutOfBoundsException e) {
            return 0;
        }
    }

    /** An extent of the previously drawn batch, and a part of it from one of its ends. */
    private static Gen extent() {
        return draw -> {
            ExtentBatch<?> batch = (ExtentBatch<?>) draw.chosen;
            int extents = batch == null ? 1 : Math.max(1, batch.extents());
            int extent = draw.random.nextInt(extents);
            int pages = 1;
            try {
                pages = batch == null ? 1 : batch.pages(extent);
            } catch (IndexOutOfBoundsException e) {
                pages = 1; // another thread gave it back
            }
            draw.second = 1 + draw.random.nextInt(Math.max(1, pages));
            draw.first = draw.oneIn(2) ? 0 : pages - draw.second;
            return extent;
        };
    }

    private static Gen emptyToClose() {
        return Gen.exact(draw -> {
            Object batch = Gens.EMPTY_BATCH.draw(draw);
            return batch == null ? null : draw.claim(draw.actor.own(batch.getClass()), batch);
        });
    }
}

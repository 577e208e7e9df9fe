package io.pinfold.core.internal;

import io.pinfold.core.gup.GupOptions;
import io.pinfold.core.memory.batch.HeldPages;
import io.pinfold.core.memory.batch.PageBatches;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.mm.space.Mm;
import io.pinfold.core.mm.space.ReadLock;
import io.pinfold.core.words.Align;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The way from the types that users hold to the types that the packages work on, for the modules of the project. Used
 * once a call, never once a page. Users cannot call it: the package is not exported to them.
 */
public final class Bridge {
    private Bridge() {
    }

    /** The ground of a memory. */
    public static MemoryCore core(MemoryDoor memory) {
        return Objects.requireNonNull(memory, "memory is null: PhysicalMemory.open makes one").core;
    }

    /** The control blocks of a memory's batches. */
    public static PageBatches batches(MemoryDoor memory) {
        return memory.batches;
    }

    /** The batch that a call has to have; fast and slow calls refuse null in the same words. */
    public static <B extends BatchDoor> B required(B batch) {
        return Objects.requireNonNull(batch, "batch is null: the pages are held in it");
    }

    /** The address space that a call has to have. */
    public static <S extends SpaceDoor> S required(S space) {
        return Objects.requireNonNull(space, "space is null: the address space that the range lies in");
    }

    /** The kernel's flags of the options that a call has to have. */
    public static int flags(GupOptions options) {
        return Objects.requireNonNull(options, "options is null: READ or WRITE of GupOptions").flags();
    }

    /** The pages behind a batch. */
    public static HeldPages held(BatchDoor batch) {
        return batch.held;
    }

    /** The pages behind a batch, where one may be left out. */
    public static @Nullable HeldPages heldOrNull(@Nullable BatchDoor batch) {
        return batch == null ? null : batch.held;
    }

    /** The lock that a guard holds. */
    public static ReadLock lock(GuardDoor guard) {
        return Objects.requireNonNull(guard, "guard is null: this call wants mmap_lock held, pass readLock()").lock;
    }

    /** The ground of an address space. */
    public static Mm mm(SpaceDoor space) {
        return required(space).mm;
    }

    /**
     * Address of the control block of an address space, {@code MmControl}. It is mapped as long as {@code space} is
     * reachable, so a walk ends with a reachabilityFence on it.
     */
    public static long control(SpaceDoor space) {
        return Align.wordAddress(space.controlNumber);
    }
}

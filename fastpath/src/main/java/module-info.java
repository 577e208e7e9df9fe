/**
 * The walk without a lock: sessions, and pins that are closed like any other resource.
 *
 * <p>In ten lines:
 * <ol>
 * <li>{@link io.pinfold.core.memory.PhysicalMemory#open} reserves a <b>memory</b>.
 * <li>{@link io.pinfold.core.mm.AddressSpace#create} makes a <b>space</b> of it, and its mmap maps a range.
 * <li>{@link io.pinfold.fastpath.GupSession#open} opens a <b>session</b>: one for each thread, or a
 * {@link io.pinfold.fastpath.GupSessionPool} for many.
 * <li>{@link io.pinfold.core.memory.PhysicalMemory#newPageBatch} makes a <b>batch</b>, which is used again and again.
 * <li>{@link io.pinfold.fastpath.GupSession#pinUserPagesFast} <b>pins</b> the pages of a range into it.
 * <li>The walk stops at the first page that it cannot have, and the slow path goes on there: it locks and faults.
 * <li>The batch says how many pages it holds, and why it is not more.
 * <li>{@link io.pinfold.core.memory.PhysicalMemory#unpinUserPagesDirtyLock(io.pinfold.core.memory.Batch, boolean)}
 * <b>releases</b> it, on any thread.
 * <li>{@link io.pinfold.fastpath.PinnedRange} does all that in a {@code try} statement, and gives memory segments.
 * <li>{@link io.pinfold.fastpath.GupSession#tryPin} pins a frame by its handle, for buffer pools.
 * </ol>
 *
 * <p>The five types in the order in which one needs them: {@link io.pinfold.core.memory.PhysicalMemory},
 * {@link io.pinfold.core.mm.AddressSpace}, {@link io.pinfold.fastpath.GupSession},
 * {@link io.pinfold.core.memory.PageBatch} (or {@link io.pinfold.fastpath.PinnedRange}),
 * {@link io.pinfold.core.memory.FrameHandles}.
 */
module io.pinfold.fastpath {
    requires transitive io.pinfold.core;
    requires static transitive org.jspecify;

    exports io.pinfold.fastpath;
    exports io.pinfold.fastpath.kernel;
}

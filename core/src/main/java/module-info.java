/**
 * Physical memory, page tables, address spaces and the slow path of get_user_pages.
 *
 * <p>In ten lines:
 * <ol>
 * <li>A <b>memory</b> is a span of native memory in frames of 4096 bytes, each with a record that counts its
 * references.
 * <li>A <b>space</b> maps addresses to frames by page tables, as a process has it; faults fill it, munmap empties it.
 * <li>A <b>session</b> (module io.pinfold.fastpath) walks page tables without a lock; one thread at a time.
 * <li>A <b>get</b> keeps a frame alive, and nothing else.
 * <li>A <b>pin</b> keeps it alive and says that its data is read or written through the frame, not through the mapping.
 * <li>A <b>batch</b> is what one get or pin call obtained: a list of pages, or extents of frames that follow each
 * other.
 * <li>A batch is <b>released</b> once, whole or in parts, on any thread: putPages for gets, unpinUserPages for pins.
 * <li>A frame that is held stays in place whatever happens to the mapping; it is used again after its last release.
 * <li>A <b>handle</b> names a frame in one of its lives, so that a pin by it cannot land on a frame that was used
 * again.
 * <li>A memory closes when nothing is held, and says what is; misuse throws, with the values, and changes nothing.
 * </ol>
 *
 * <p>The five types in the order in which one needs them: {@link io.pinfold.core.memory.PhysicalMemory},
 * {@link io.pinfold.core.mm.AddressSpace}, {@code io.pinfold.fastpath.GupSession},
 * {@link io.pinfold.core.memory.PageBatch} (or {@code io.pinfold.fastpath.PinnedRange}, which is closed like any other
 * resource), and for buffer pools {@link io.pinfold.core.memory.FrameHandles}.
 *
 * <p>Users see {@link io.pinfold.core.memory}, {@link io.pinfold.core.mm}, the vocabulary {@link io.pinfold.core.gup};
 * those who write devices {@link io.pinfold.core.device}; those who port code of the kernel
 * {@link io.pinfold.core.kernel}, the same calls with int flags. All else is for the modules of the project.
 */
@SuppressWarnings("module") // the modules of the project that this one exports to are not known when it is compiled
module io.pinfold.core {
    requires static transitive org.jspecify;

    exports io.pinfold.core.gup;
    exports io.pinfold.core.memory;
    exports io.pinfold.core.mm;
    exports io.pinfold.core.device;
    exports io.pinfold.core.kernel;

    exports io.pinfold.core.epoch to io.pinfold.fastpath;
    exports io.pinfold.core.foll to io.pinfold.fastpath;
    exports io.pinfold.core.internal to io.pinfold.fastpath, io.pinfold.hwmodel;
    exports io.pinfold.core.memory.batch to io.pinfold.fastpath;
    exports io.pinfold.core.memory.frame to io.pinfold.fastpath, io.pinfold.hwmodel;
    exports io.pinfold.core.memory.handle to io.pinfold.fastpath;
    exports io.pinfold.core.mm.slow to io.pinfold.fastpath;
    exports io.pinfold.core.mm.space to io.pinfold.fastpath;
    exports io.pinfold.core.page to io.pinfold.fastpath, io.pinfold.hwmodel;
    exports io.pinfold.core.pagemap to io.pinfold.fastpath, io.pinfold.hwmodel;
    exports io.pinfold.core.pgtable to io.pinfold.fastpath, io.pinfold.hwmodel;
    exports io.pinfold.core.words to io.pinfold.fastpath, io.pinfold.hwmodel;
}

package io.pinfold.core.device;

import io.pinfold.core.geometry.TableShape;
import io.pinfold.core.gup.MemoryClosedException;
import io.pinfold.core.gup.MisuseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pagemaps of a memory, for those who add and remove them. A memory has one such object; the library alone
 * implements this interface, and may give it more methods; no call takes one.
 *
 * <p>Any thread, not inside a walker slot.
 */
public interface DevPagemaps {
    /** log2 of {@link #GRANULE_FRAMES}: the order of what one PMD leaf maps. */
    int GRANULE_SHIFT = TableShape.bitsPerLevel();
    /** A pagemap consists of whole, aligned units of so many frames (the kernel's subsection): 512 on x86-64. */
    int GRANULE_FRAMES = 1 << GRANULE_SHIFT;

    /**
     * Adds a pagemap: its frames become idle device pages, found by look-ups from now on (memremap_pages). It keeps the
     * memory from closing until {@link DevPagemap#close}.
     *
     * @param options what the pagemap is to be
     * @return the pagemap, live; {@link DevPagemap#remove} ends it
     * @throws IllegalArgumentException if a range is empty, not inside the device window, not made of whole granules,
     *             not aligned to the compound size, or overlaps another one of these options
     * @throws MisuseException if a frame belongs to another pagemap
     * @throws MemoryClosedException if the memory is closed
     * @throws IllegalStateException if a frame can have no further life
     */
    DevPagemap add(DevPagemapOptions options);

    /**
     * {@link #add}, for who takes what {@link #findFree} found: others may have been faster.
     *
     * @param options what the pagemap is to be
     * @return the pagemap; null if a frame belongs to another one, and nothing has changed
     * @throws IllegalArgumentException as {@link #add}
     * @throws MemoryClosedException if the memory is closed
     * @throws IllegalStateException if a frame can have no further life
     */
    @Nullable
    DevPagemap tryAdd(DevPagemapOptions options);

    /**
     * The pagemap of a frame. Takes a lock.
     *
     * @param pfn any number
     * @return the pagemap, or null if it has none
     */
    @Nullable
    DevPagemap of(long pfn);

    /**
     * The first free stretch of the device window, for an owner that does not care where: others may take it before
     * {@link #add} does, which {@link #tryAdd} tells from other refusals.
     *
     * @param frames a multiple of {@link #GRANULE_FRAMES}
     * @param alignment a power of two, in frames
     * @return its first frame, or -1
     * @throws IllegalArgumentException if {@code frames} or {@code alignment} is something else
     */
    long findFree(long frames, long alignment);

    /** {@return the pagemaps that there are now, those being removed included} */
    List<DevPagemap> list();
}

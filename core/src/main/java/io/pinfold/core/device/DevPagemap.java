package io.pinfold.core.device;

import io.pinfold.core.device.DevPagemapOptions.Range;
import io.pinfold.core.device.DevPagemapOptions.Removal;
import io.pinfold.core.gup.DoubleReleaseException;
import io.pinfold.core.gup.MisuseException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Frame ranges of the device window that belong to one device (dev_pagemap). {@link DevPagemaps#add} makes one; the
 * library alone implements this interface, and may give it more methods. No call takes one, so an implementation of
 * your own, in a test of a driver, reaches nothing but the driver.
 *
 * <h2>Removal (memunmap_pages)</h2>
 *
 * <pre>
 * UNPLUG1 unmap: no page table may lead to its pages any more; the caller's business, before everything else [R33]
 * UNPLUG2 kill: new look-ups fail, for certain after a grace period; the base reference of every page is dropped
 * UNPLUG3 step, until done: the look-ups' references are put, and the count of every page is 0
 * UNPLUG4 close: the frames end their life, the registry forgets them, and after a grace period so do all walkers
 * </pre>
 *
 * <p>Every page holds one reference of the pagemap, so a page that is got or pinned delays UNPLUG3 until it is given
 * back: after {@link #close} no page of the device is held. With {@link Removal#LOOKUPS_HOLD} (6.1) only look-ups
 * count, and UNPLUG4 takes frames from under their holders: the generation goes up while the pin is held, and its
 * release is a MemoryModelError. PRIVATE and COHERENT pages hold their pagemap in either mode.
 *
 * <p>Any thread; each of kill and close happens once, and throws when it is asked again. Not from inside a walker slot.
 * A callback of {@link DevPagemapOps} may kill a pagemap; whatever waits for its end refuses, because the end waits for
 * callbacks.
 */
public interface DevPagemap {

    // ---- what it is ----------------------------------------------------------------------------------------------

    /**
     * {@return a number that is never used again for anything else in this memory; stands in the records of its pages}
     */
    long id();

    /** {@return what kind of memory it is} */
    DevPagemapType type();

    /** {@return its frames} */
    List<Range> ranges();

    /** {@return its pages have {@code 1 << order()} frames each} */
    int order();

    /** {@return what its owner is asked and told} */
    DevPagemapOps ops();

    /** {@return the owner's cookie, or null} */
    @Nullable
    Object owner();

    /** {@return number of pages; a compound one counts once} */
    long pages();

    /**
     * {@return whether the frame is one of its}
     *
     * @param pfn any number
     */
    boolean contains(long pfn);

    /** {@return whether look-ups may still succeed: before {@link #kill}} */
    boolean isLive();

    /** {@return whether {@link #close} was called: its frames are no longer its} */
    boolean isClosed();

    /**
     * {@return references of pages and look-ups, and the one that {@link #kill} drops; exact while no call takes or
     * gives any. 0 once it is closed}
     */
    long references();

    /**
     * {@return whether after {@link #kill} the walks have ended, so that {@link #references} counts what is held and
     * nothing else}
     */
    boolean isSummedUp();

    /** {@return whether a page that is held delays the removal, and not a look-up alone} */
    boolean holdsByPages();

    /** {@return number, type, frames and the state of its references, for messages} */
    @Override
    String toString();

    // ---- removal -------------------------------------------------------------------------------------------------

    /**
     * UNPLUG2: begins the removal; does not wait.
     *
     * @throws DoubleReleaseException if that was done before
     */
    void kill();

    /**
     * UNPLUG3 without waiting.
     *
     * @return whether it is done: only {@link #close} is left, or nothing
     */
    boolean step();

    /**
     * UNPLUG3: waits until no look-up and (by default) no page is held any more. Returns at once when it is closed.
     *
     * @throws MisuseException if it was not killed, or a callback of a pagemap calls it, which could wait for itself
     */
    void awaitDone();

    /**
     * UNPLUG4: the end. Waits for puts, callbacks and walks under way, all of which end by themselves.
     *
     * @throws DoubleReleaseException if it is closed already
     * @throws MisuseException if it was not killed, is not done, one of its pages is still mapped, or a callback of a
     *             pagemap calls it, which would wait for itself
     */
    void close();

    /**
     * UNPLUG2 to UNPLUG4: kills, waits, closes. UNPLUG1 is the caller's.
     *
     * @throws DoubleReleaseException if it was killed before
     * @throws MisuseException if one of its pages is still mapped; if a callback of a pagemap calls it, and then it is
     *     not even killed
     */
    void remove();
}

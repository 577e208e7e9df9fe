/**
 * Physical memory, the door to the rooms below it: {@link io.pinfold.core.memory.PhysicalMemory}, batches, frames held
 * by handle, statistics, and the audit that shows that nothing was lost.
 *
 * <p>The rooms: zone (which frame is free), frame (records, references, allocation), handle and batch (what is held).
 * The rooms of core.mm work on the same ground and do not know this package; core.internal.Bridge, which users do not
 * see, leads from what users hold to it.
 */
@NullMarked
package io.pinfold.core.memory;

import org.jspecify.annotations.NullMarked;

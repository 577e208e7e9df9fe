/**
 * Zones and what they hand out: the map of the pfn space, the buddy allocator with its lists, and the beginning and
 * the end of a frame's life.
 */
@NullMarked
package io.pinfold.core.memory.zone;

import org.jspecify.annotations.NullMarked;

/**
 * Frames and records of a memory: {@link io.pinfold.core.memory.frame.MemoryCore}, the one seam of allocation, the one
 * way to take and to drop references, tables that wait for walkers, and the huge zero page.
 */
@NullMarked
package io.pinfold.core.memory.frame;

import org.jspecify.annotations.NullMarked;

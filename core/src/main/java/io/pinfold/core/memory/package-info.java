/**
 * Physical memory: frames, zones and pageblocks, the buddy allocator, the one grab with its one mirror, batches, statistics and
 * the audit.
 *
 * <p>{@link io.pinfold.core.memory.PhysicalMemory} owns everything else here. Frames and tables are allocated and freed
 * through {@link io.pinfold.core.memory.Blocks} only. References are taken through {@link io.pinfold.core.memory.Grab} and given
 * back by batch. Which calls are for walkers and address spaces, and which for users, is said on each.
 */
@NullMarked
package io.pinfold.core.memory;

import org.jspecify.annotations.NullMarked;

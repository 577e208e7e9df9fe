/**
 * Pagemaps as walks, puts and page tables see them: what implements {@link io.pinfold.core.device.DevPagemaps}, the
 * registry that leads from a frame to its pagemap without a lock, and the put of a device page.
 *
 * <p>{@link io.pinfold.core.pagemap.PagemapRegistry} holds the protocol of the look-up,
 * {@link io.pinfold.core.pagemap.PagemapPuts} that of the put, {@link io.pinfold.core.epoch.LiveRef} that of the
 * reference. Addresses of control blocks are {@code long}s on hot paths; a block is never unmapped while it is in use.
 */
@NullMarked
package io.pinfold.core.pagemap;

import org.jspecify.annotations.NullMarked;

/**
 * Device memory as the page tables see it: pagemaps (frame ranges of the device window with a type, an owner and a live
 * reference), the registry that leads from a frame to its pagemap without a lock, and the put of a device page.
 *
 * <p>Counts are 1-based for every type: an idle device page has the one reference of its owner, and the transition that
 * matters is to 1, not to 0. {@link io.pinfold.core.device.DevPagemap} holds the protocol of removal, {@link
 * io.pinfold.core.epoch.LiveRef} that of the reference, {@link io.pinfold.core.device.PagemapRegistry} that of the
 * look-up. Addresses of control blocks are {@code long}s on hot paths; a block is never unmapped while it is in use.
 */
@NullMarked
package io.pinfold.core.device;

import org.jspecify.annotations.NullMarked;

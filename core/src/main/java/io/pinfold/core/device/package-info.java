/**
 * Device memory as those who write devices see it: pagemaps, which are frame ranges of the device window with a type,
 * an owner and callbacks.
 *
 * <p>Counts are 1-based for every type: an idle device page has the one reference of its owner, and the transition that
 * matters is to 1, not to 0. {@link io.pinfold.core.device.DevPagemap} holds the protocol of removal. The classes
 * behind these types are not exported to everyone, and no signature here names one.
 */
@NullMarked
package io.pinfold.core.device;

import org.jspecify.annotations.NullMarked;

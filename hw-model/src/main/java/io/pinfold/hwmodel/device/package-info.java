/**
 * Devices with memory of their own (ZONE_DEVICE): plugged in, mapped, pinned, and unplugged while still in use. They
 * include a file on a DAX file system, with the wait that truncation needs, and private memory of an accelerator. The
 * drivers are modelled; the frames are native memory like all others.
 */
@NullMarked
package io.pinfold.hwmodel.device;

import org.jspecify.annotations.NullMarked;

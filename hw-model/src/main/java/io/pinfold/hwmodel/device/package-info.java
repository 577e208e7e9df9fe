/**
 * Devices with memory of their own (ZONE_DEVICE): plugged in, mapped, pinned, and unplugged while others still use it. A file on a DAX
 * file system with the waiting that truncation needs, and private memory of an accelerator. What is modelled is the drivers; the
 * frames are native memory like all others.
 */
@NullMarked
package io.pinfold.hwmodel.device;

import org.jspecify.annotations.NullMarked;

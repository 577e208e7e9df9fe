/**
 * Memory of devices: mappings of a device object, and private pages that are moved to a device and back.
 */
@NullMarked
package io.pinfold.core.mm.device;

import org.jspecify.annotations.NullMarked;

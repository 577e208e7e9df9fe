/**
 * The fast calls under the kernel's names and with the kernel's int flags; the slow ones are in
 * {@link io.pinfold.core.kernel}.
 */
@NullMarked
package io.pinfold.fastpath.kernel;

import org.jspecify.annotations.NullMarked;

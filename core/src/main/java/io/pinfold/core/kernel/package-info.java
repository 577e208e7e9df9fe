/**
 * The slow calls under the kernel's names and with the kernel's int flags, for those who port code of the kernel or
 * model it. {@link io.pinfold.core.kernel.Gup} has everything that {@link io.pinfold.core.mm.AddressSpace} has with
 * typed options, and what is left out there: the remote forms, release_pages, calls without a batch, and the flags that
 * no option stands for. The fast calls of this form are in {@code io.pinfold.fastpath.kernel}.
 */
@NullMarked
package io.pinfold.core.kernel;

import org.jspecify.annotations.NullMarked;

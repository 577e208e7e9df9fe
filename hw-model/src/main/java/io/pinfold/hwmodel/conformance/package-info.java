/**
 * The library held against the kernel that runs here. A <em>row</em> is a short story told in terms that both machines understand
 * ({@link io.pinfold.hwmodel.conformance.Side}): map, touch, register with a ring, take away, let a device read. It is played once
 * on the running kernel, by system calls, and once on the library; what either shows is written down in the same words and
 * compared. Random traces do the same with many small steps.
 *
 * <p>Nothing is taken from one side to explain the other: a difference is either named in advance by the row, with exactly what
 * each side must show, or it is a finding. A story that one side cannot play is skipped, with the reason.
 *
 * <p>{@code NativeAccess} is where this module calls the system.
 */
@NullMarked
package io.pinfold.hwmodel.conformance;

import org.jspecify.annotations.NullMarked;

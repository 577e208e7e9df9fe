/**
 * The comparison of the library with the running kernel. A <em>row</em> is a short story in terms that both machines
 * understand ({@link io.pinfold.hwmodel.conformance.Side}): map, touch, register with a ring, take away, let a device
 * read. It is played once on the running kernel, by system calls, and once on the library. The results of both are
 * recorded in the same words and compared. Random traces do the same with many small steps.
 *
 * <p>The result of one side never explains the other. A difference is either announced by the row, with exactly what
 * each side must show, or it is a finding. A story that one side cannot play is skipped, with the reason.
 *
 * <p>{@code NativeAccess} makes all system calls of this module.
 */
@NullMarked
package io.pinfold.hwmodel.conformance;

import org.jspecify.annotations.NullMarked;

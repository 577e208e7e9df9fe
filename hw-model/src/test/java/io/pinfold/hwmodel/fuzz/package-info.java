/**
 * A fuzzer of the public API: every public method, drawn at random with good and bad arguments, by several threads at
 * once, in a JVM of its own.
 *
 * <p>{@link io.pinfold.hwmodel.fuzz.Surface} finds what is public, {@link io.pinfold.hwmodel.fuzz.LeftOut} lists the
 * methods that are not called. The catalogues ({@code ...Calls}) hold for each method the generators of its arguments
 * and its effect on the live objects of the {@link io.pinfold.hwmodel.fuzz.World}. {@link io.pinfold.hwmodel.fuzz.Wild}
 * replaces arguments by bad ones, {@link io.pinfold.hwmodel.fuzz.Drivers} and {@link io.pinfold.hwmodel.fuzz.Devices}
 * are callbacks that return false results and throw, {@link io.pinfold.hwmodel.fuzz.Hostility} sets how often. {@link
 * io.pinfold.hwmodel.fuzz.Verdict} decides which exceptions a call may throw.
 *
 * <h2>What is not generated</h2>
 *
 * Misuse that, by contract, cannot be detected. Misuse that is certain to be detected is generated.
 *
 * <table>
 * <caption>Misuse that is left out</caption>
 * <tr><th>what</th><th>why</th><th>generated instead</th></tr>
 * <tr><td>put or unpin of another owner's hold on a live frame; put of a pin</td><td>a release takes one of several
 * equal references</td><td>releases of ended lives, of other lives; several at once of a frame's only hold; an owner's
 * operation on frames that allocate did not hand out</td></tr>
 * <tr><td>handles of another memory</td><td>handles are numbers, and may name a frame of this memory,
 * too</td><td>numbers of lives that do not exist</td></tr>
 * <tr><td>access through a view after its hold, or its arena</td><td>the segment does not hold the frame</td><td>access
 * while the hold is kept</td></tr>
 * <tr><td>{@code putPage}, {@code giveBackPage}, {@code migrateToDevice} with a page of another owner</td><td>pages are
 * numbers; only their driver has their owners</td><td>pages taken by the caller, frames of RAM</td></tr>
 * <tr><td>removing a pagemap or device that page tables still lead to; {@code LOOKUPS_HOLD} under a pin</td><td>the
 * driver's duty (UNPLUG1); the second is documented to take the frame away</td><td>removal of what nothing maps,
 * unplugging of what is mapped</td></tr>
 * <tr><td>false results that name a frame of a device which goes during the round</td><td>the same</td><td>frames of
 * devices that stay, and frames without an owner</td></tr>
 * <tr><td>two threads at one scatter list, descriptor, MmapGuard, or stepping one engine; changing a list in flight;
 * closing an engine under its thread</td><td>documented as one thread's</td><td>two threads at one session, processor
 * or batch, which is detected</td></tr>
 * <tr><td>any call that takes mmap_lock while an MmapGuard is held</td><td>waits for itself, as documented</td><td>the
 * calls that need the guard</td></tr>
 * <tr><td>audits of a memory in use</td><td>need it quiescent</td><td>audits of memories that only one thread
 * uses</td></tr>
 * <tr><td>waits for pages of others, by more than one thread</td><td>all could wait for each other</td><td>one at a
 * time</td></tr>
 * </table>
 *
 * <p>Near the end of the stack a call may stop in the middle, so counts may be wrong afterwards; such calls have rounds
 * of their own, after which nothing is audited, and in which nothing may hang or stay broken.
 */
@NullMarked
package io.pinfold.hwmodel.fuzz;

import org.jspecify.annotations.NullMarked;

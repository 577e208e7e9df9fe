/**
 * Walker slots. By them a walk that takes no lock keeps the tables it reads from being freed, and a memory is closed
 * while walkers are about.
 *
 * <p>A walker enters its slot, walks, and leaves. A reclaimer unlinks a table, advances the epoch, and frees the table
 * once no slot holds an epoch at which the walk may have read the link to it. The protocol is in the Javadoc of
 * {@link io.pinfold.core.epoch.WalkerSlots}. Slots lie in control memory, which is never unmapped while anything refers
 * to it.
 */
@NullMarked
package io.pinfold.core.epoch;

import org.jspecify.annotations.NullMarked;

/**
 * Walker slots: how a walk that takes no lock keeps the tables it reads from being freed, and how a memory is closed under
 * walkers.
 *
 * <p>A walker enters its slot, walks, and leaves. A reclaimer unlinks a table, advances the epoch, and frees the table once no
 * slot holds an epoch at which the walk may have seen it. The protocol stands above
 * {@link io.pinfold.core.epoch.WalkerSlots}. Slots lie in control memory, which is never unmapped under anybody.
 */
@NullMarked
package io.pinfold.core.epoch;

import org.jspecify.annotations.NullMarked;

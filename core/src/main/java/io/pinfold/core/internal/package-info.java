/**
 * What is behind the types that users hold, and the one {@link io.pinfold.core.internal.Bridge} to it. The doors, core.memory and
 * core.mm, stand on this package; the rooms do not know it.
 */
@NullMarked
package io.pinfold.core.internal;

import org.jspecify.annotations.NullMarked;

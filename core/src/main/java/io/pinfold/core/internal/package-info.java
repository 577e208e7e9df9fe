/**
 * The base classes of the types that users hold, and the one {@link io.pinfold.core.internal.Bridge} to what they hold.
 * The packages core.memory and core.mm use this package; the packages below them do not.
 */
@NullMarked
package io.pinfold.core.internal;

import org.jspecify.annotations.NullMarked;

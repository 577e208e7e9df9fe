/**
 * The vocabulary of the get_user_pages family: errno values, {@code FOLL_} flags and which mixes of them are legal, and
 * the reasons the fast walk gives when it stops or rolls back.
 *
 * <p>Nothing here touches memory, so every other package may depend on this one.
 */
@NullMarked
package io.pinfold.core.gup;

import org.jspecify.annotations.NullMarked;

/**
 * The vocabulary of the get_user_pages family: errno values, options, and the reasons that the statistics give for a
 * fast walk that stopped or rolled back.
 *
 * <p>Nothing here touches memory, so every other package may depend on this one.
 */
@NullMarked
package io.pinfold.core.gup;

import org.jspecify.annotations.NullMarked;

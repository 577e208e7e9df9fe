/**
 * The slow path of get_user_pages: look up under the lock of the table, fault what is absent, look up again.
 */
@NullMarked
package io.pinfold.core.mm.slow;

import org.jspecify.annotations.NullMarked;

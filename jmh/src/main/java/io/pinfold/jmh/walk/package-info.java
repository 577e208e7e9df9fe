/** What a fast call costs per page, from one page to 512. */
@NullMarked
package io.pinfold.jmh.walk;

import org.jspecify.annotations.NullMarked;

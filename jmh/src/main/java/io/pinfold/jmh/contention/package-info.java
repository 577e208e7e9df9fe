/** What a fast call costs while another thread makes the same calls. */
@NullMarked
package io.pinfold.jmh.contention;

import org.jspecify.annotations.NullMarked;

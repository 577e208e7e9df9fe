/** Buffer pools that the pool of the README is compared with, and the pages and keys of all of them. */
@NullMarked
package io.pinfold.jmh.pool;

import org.jspecify.annotations.NullMarked;

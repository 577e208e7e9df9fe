/**
 * What the machine fixes and everything else follows: the shape of its page tables. It stands below the packages of frames and of
 * tables, because both go by it.
 */
@NullMarked
package io.pinfold.core.geometry;

import org.jspecify.annotations.NullMarked;

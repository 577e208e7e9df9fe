/**
 * The shape of the machine's page tables. The package is below those of frames and of tables, because both use it.
 */
@NullMarked
package io.pinfold.core.geometry;

import org.jspecify.annotations.NullMarked;

/**
 * Private memory without an object: the zero page, single pages, and large folios.
 */
@NullMarked
package io.pinfold.core.mm.anon;

import org.jspecify.annotations.NullMarked;

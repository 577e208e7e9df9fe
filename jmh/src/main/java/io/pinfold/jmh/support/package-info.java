/** The objects of measurement: pages to pin, and the least that pinning them can cost. */
@NullMarked
package io.pinfold.jmh.support;

import org.jspecify.annotations.NullMarked;

/**
 * How pages come: faults by kind of access, ownership of private pages and the copy of copy-on-write, entries that say
 * where a page is. What a kind of mapping does itself is behind {@code VmaOperations}; no room below calls this one.
 */
@NullMarked
package io.pinfold.core.mm.fault;

import org.jspecify.annotations.NullMarked;

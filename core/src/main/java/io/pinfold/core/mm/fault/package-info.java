/**
 * Page faults: by kind of access, with the ownership of private pages, the copy of copy-on-write, and entries that name
 * the place of a page. What a kind of mapping does itself is behind {@code VmaOperations}; no package below calls this
 * one.
 */
@NullMarked
package io.pinfold.core.mm.fault;

import org.jspecify.annotations.NullMarked;

/**
 * Page tables: the geometry of a table, the codec of its 64-bit entries, the lock of a table, and the only code that
 * installs and unlinks tables.
 *
 * <p>Vocabulary: a <em>table</em> is one TABLE frame of {@link io.pinfold.core.memory.frame.MemoryCore}, named by its
 * frame number; an <em>entry</em> is one of its 64-bit words; <em>level</em> 0 is the table of PTEs, level {@code
 * Geometry.LEVELS - 1} the root (PGD). Everything is a static function over a memory and frame numbers: there are no
 * table objects.
 *
 * <p>Threading: a live entry is written only under the lock of the table it lies in, with one exception. A
 * {@code Cpu} sets the accessed and dirty bits by compare-and-set without the lock, as hardware does. So a writer under
 * the lock exchanges or compares-and-sets, and never loads and stores.
 */
@NullMarked
package io.pinfold.core.pgtable;

import org.jspecify.annotations.NullMarked;

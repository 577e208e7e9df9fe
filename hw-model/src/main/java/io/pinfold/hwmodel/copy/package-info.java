/**
 * The dma-copy job: a DMA engine copies a real file through pinned user pages, while rivals unmap, map again and re-use
 * the pages in flight. Afterwards an audit checks that nothing was lost.
 *
 * <p>Vocabulary. The <em>copier</em> is the driver: it pins, programs the engine, unpins. A <em>window</em> is the
 * piece of the user address space one chunk passes through; a <em>chunk</em> is what one pin covers. A <em>rival</em>
 * is a thread of the same process that works regardless of what is in flight. A <em>turn</em> is a rival's visit to a
 * window in flight that certainly replaces its pages; a <em>raid</em> is a visit at any time that may.
 */
@NullMarked
package io.pinfold.hwmodel.copy;

import org.jspecify.annotations.NullMarked;

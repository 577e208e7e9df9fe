/**
 * The dma-copy job: a real file is copied through pinned user pages by a DMA engine, while rivals take away, map again and
 * re-use the very pages in flight; afterwards an audit proves that nothing was lost, or names what was.
 *
 * <p>Vocabulary. The <em>copier</em> is the driver: it pins, programs the engine, unpins. A <em>window</em> is the piece of
 * the user address space one chunk passes through; a <em>chunk</em> is what one pin covers. A <em>rival</em> is a thread of
 * the same process that does not know or care what is in flight. A <em>turn</em> is a rival's visit to a window in flight
 * that certainly replaces its pages; a <em>raid</em> is a visit at any time that may.
 */
@NullMarked
package io.pinfold.hwmodel.copy;

import org.jspecify.annotations.NullMarked;

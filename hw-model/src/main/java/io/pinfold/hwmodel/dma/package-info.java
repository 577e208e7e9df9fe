/**
 * A DMA engine: hardware that moves bytes between frames and a device, or between frames, without any page table and
 * without a notion of a frame's owner.
 *
 * <p>Vocabulary. A <em>descriptor</em> describes one transfer; descriptors linked to one another form a <em>chain</em>,
 * which is submitted, run and completed as a whole. The <em>ring</em> holds chains the engine has not taken; the
 * <em>doorbell</em> sets how far it may take them; the <em>completion queue</em> returns them. A <em>scatter list</em>
 * names the frames of a transfer by frame number and generation. A <em>stale</em> transfer touched a frame whose
 * generation changed after the list was written, that is a frame that was freed meanwhile. A pin prevents that.
 *
 * <p>Threading: one engine is one Agrona {@link org.agrona.concurrent.Agent}, so one thread runs it. Any thread may
 * submit, ring and reap.
 */
@NullMarked
package io.pinfold.hwmodel.dma;

import org.jspecify.annotations.NullMarked;

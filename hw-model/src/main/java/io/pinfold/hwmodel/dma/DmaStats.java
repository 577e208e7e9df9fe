package io.pinfold.hwmodel.dma;

/**
 * The counters of an engine. They count descriptors, not chains, unless said otherwise.
 *
 * @param submitted         descriptors handed to the engine
 * @param completed         given back, each once
 * @param stale             ended {@link DmaStatus#STALE}
 * @param staleFrames       frames of those that were freed meanwhile
 * @param staleAtStart      of {@code stale}: those with a freed frame before the first byte moved
 * @param failed            ended SHORT, BAD_FRAME or IO_ERROR
 * @param cancelled         ended {@link DmaStatus#CANCELLED}
 * @param bytesMoved        bytes moved, also by failed ones
 * @param completedTwice    completions refused because the descriptor was not running: a bug of the engine or its
 *                          driver
 * @param refusedSubmits    chains refused because too many were in flight
 */
public record DmaStats(long submitted, long completed, long stale, long staleFrames, long staleAtStart, long failed,
        long cancelled, long bytesMoved, long completedTwice, long refusedSubmits) {
}

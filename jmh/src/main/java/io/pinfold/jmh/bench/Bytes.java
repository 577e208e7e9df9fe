package io.pinfold.jmh.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A yardstick of memory: pieces of native memory are zeroed or copied, one after the other. */
final class Bytes {
    private final MemorySegment target;
    private final MemorySegment source;
    private final boolean isCopy;
    private final long pieceBytes;
    private long next;

    private Bytes(int pieces, long pieceBytes, boolean isCopy) {
        this.pieceBytes = pieceBytes;
        this.isCopy = isCopy;
        target = Arena.ofAuto().allocate(pieces * pieceBytes, pieceBytes);
        source = isCopy ? Arena.ofAuto().allocate(pieces * pieceBytes, pieceBytes).fill((byte) 1) : target;
    }

    static Bytes zeroing(int pieces, long pieceBytes) {
        return new Bytes(pieces, pieceBytes, false);
    }

    static Bytes copying(int pieces, long pieceBytes) {
        return new Bytes(pieces, pieceBytes, true);
    }

    /** Works on {@code calls} pieces, beginning after the last piece of the call before. */
    int move(int calls) {
        for (int i = 0; i < calls; i++) {
            MemorySegment piece = target.asSlice(next, pieceBytes);
            if (isCopy) {
                MemorySegment.copy(source, next, piece, 0, pieceBytes);
            } else {
                piece.fill((byte) 0);
            }
            next = next + pieceBytes == target.byteSize() ? 0 : next + pieceBytes;
        }
        return calls;
    }
}

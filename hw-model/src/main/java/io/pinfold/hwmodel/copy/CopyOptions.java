package io.pinfold.hwmodel.copy;

import java.nio.file.Path;

/**
 * The options of a copy.
 *
 * @param source      a regular file
 * @param target      created or overwritten; another file than the source
 * @param batchPages  pages of one chunk, that is of one pin; at least 1
 * @param rivals      threads that work against the copy; at least 0
 * @param memoryBytes RAM of the modelled machine
 * @param lifetime    what keeps the frames alive
 * @param seed        seed of all choices of the rivals
 */
public record CopyOptions(Path source, Path target, int batchPages, int rivals, long memoryBytes, Lifetime lifetime,
        long seed) {

    /** Pages of a chunk by default: 256 KiB. */
    public static final int BATCH_PAGES = 64;
    /** RAM by default. */
    public static final long MEMORY_BYTES = 256L << 20;
    /** The largest chunk: 256 MiB. */
    public static final int BATCH_PAGES_MAX = 65_536;
    /** The largest number of rivals. */
    public static final int RIVALS_MAX = 256;

    /** Checks everything that can be checked without the files. */
    public CopyOptions {
        if (batchPages < 1 || batchPages > BATCH_PAGES_MAX) {
            throw new CopyRefusedException("a batch of " + batchPages + " pages: 1 to " + BATCH_PAGES_MAX
                    + " are possible");
        }
        if (rivals < 0 || rivals > RIVALS_MAX) {
            throw new CopyRefusedException(rivals + " rivals: 0 to " + RIVALS_MAX + " are possible");
        }
        if (lifetime == Lifetime.NONE && rivals == 0) {
            throw new CopyRefusedException(
                    "lifetime none shows what happens to frames without a hold: it needs rivals");
        }
    }
}

package io.pinfold.hwmodel.copy;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The result of a job and of its audit. Counts are of pages unless said otherwise.
 *
 * @param options              options of the job
 * @param bytes                bytes copied
 * @param seconds              time from the first pin to the last unpin
 * @param acquired             pins taken (nr_foll_pin_acquired)
 * @param released             pins given back (nr_foll_pin_released)
 * @param gets                 plain references taken and given back by lifetime get
 * @param fastHits             pages the fast walk obtained
 * @param fallBacks            fast walks that stopped, by reason
 * @param rollBacks            pages the fast walk gave back, by step
 * @param takenAwayWhilePinned pages whose entry no longer mapped the frame in flight at completion
 * @param framesReused         times a frame that was in flight was found with a new generation
 * @param staleDma             transfers that touched a frame freed meanwhile
 * @param epochs               epochs advanced
 * @param chunks               chunks copied
 * @param shortPins            attempts that got fewer pages than the chunk has
 * @param refusedPins          attempts that got an errno
 * @param refusals             the same by errno
 * @param windows              chunks that could be in flight together
 * @param framesEverUsed       frames of the memory that were handed out at least once
 * @param rivals               actions of the rivals
 * @param findings             faults that the audit found; empty is clean
 * @param defect               the exception that ended the job unless the files or the user caused it: for its stack
 *                             trace
 */
public record CopyReport(CopyOptions options, long bytes, double seconds, long acquired, long released, long gets,
        long fastHits, Map<String, Long> fallBacks, Map<String, Long> rollBacks, long takenAwayWhilePinned,
        long framesReused, long staleDma, long epochs, long chunks, long shortPins, long refusedPins,
        Map<String, Long> refusals, int windows, long framesEverUsed, RivalStats rivals, List<CopyFinding> findings,
        @Nullable Throwable defect) {

    /** Whether the audit found nothing. */
    public boolean clean() {
        return findings.isEmpty();
    }

    /** Whether there were rivals and yet no page was taken away in flight, or no frame of the copy got a new owner. */
    public boolean noRaceHappened() {
        return options.rivals() > 0 && (takenAwayWhilePinned == 0 || framesReused == 0);
    }

    /** The exit code: 0 when the audit is clean and, with rivals, a race happened; else 1. */
    public int exitCode() {
        return clean() && !noRaceHappened() ? 0 : 1;
    }

    /** Millions of bytes copied per second. */
    public double megabytesPerSecond() {
        return seconds > 0 ? bytes / seconds / 1e6 : 0;
    }
}

package io.pinfold.hwmodel.copy;

import java.util.function.LongConsumer;

/**
 * The job behind {@code pinfold dma-copy}. One object, one run.
 */
public final class DmaCopy {

    private final CopyOptions options;
    private final LongConsumer progress;
    private volatile boolean isCancelled;

    /**
     * Makes a job that has not started.
     *
     * @param progress called with 0 when everything is open, and with the bytes copied so far after each chunk, on the
     *                 thread that runs the job
     */
    public DmaCopy(CopyOptions options, LongConsumer progress) {
        this.options = options;
        this.progress = progress;
    }

    /** Requests an early end of a running job, which then unwinds and reports a failure. Any thread. */
    public void cancel() {
        isCancelled = true;
    }

    /**
     * Copies, tears everything down and audits.
     *
     * @return the report, which names the failure as a finding if the job failed
     * @throws CopyRefusedException when the job cannot start with these options
     */
    public CopyReport run() {
        try (CopyRun run = CopyRun.open(options, () -> isCancelled, progress)) {
            progress.accept(0);
            run.copy();
            run.tearDown();
            return run.audit();
        }
    }
}

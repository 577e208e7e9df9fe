package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.page.PageType;
import io.pinfold.core.words.Words;
import io.pinfold.hwmodel.dma.Completions;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.dma.Frames;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes wrong in a job itself: its engine, its rivals, its files, its end. */
@Timeout(60)
class CopyJobAuditTest extends CopyAuditCase {

    @Test
    void oneDescriptorNeverCompleted() {
        CopyReport report = audit(run -> Completions.loseOne(run.engine(), take(run), take(run), take(run)),
                CopyAuditTest::nothing);
        assertThat(report.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.name()).isEqualTo(CopyFinding.NEVER_COMPLETED);
            assertThat(finding.detail()).matches("(\\d+) descriptors submitted, (?!\\1)\\d+ completed");
        });
        found.add(CopyFinding.NEVER_COMPLETED);
    }

    /** The driver has noted a generation of its frame that is not the frame's: as if it had been freed meanwhile. */
    @Test
    void oneStaleTransfer() {
        CopyReport report = audit(run -> {
            long pfn = frameOfType(run.memory(), PageType.USER);
            Completions.complete(run.engine(), new DiscardingDevice().take(run.memory(), pfn,
                    Frames.generation(run.memory(), pfn) - 1));
        }, CopyAuditTest::nothing);
        assertFound(report, CopyFinding.STALE_DMA, "1 transfer(s) touched 1 frame(s)", "1 of them from the start");
    }

    /** What a rival has stored is damaged before its thread looks at it for the first time. */
    @Test
    void onePageOfARivalDamaged() {
        CopyTestFiles files = new CopyTestFiles(directory, 100_000);
        try (CopyRun run = CopyTestFiles.open(files.options(8, 1, Lifetime.PIN, 1))) {
            run.rivals().rival(0).churn();
            long page = Bridge.core(run.memory()).frameAddress(frameOfType(run.memory(), PageType.USER));
            Words.setLong(page, ~Words.getLong(page));
            run.copy();
            run.tearDown();
            assertFound(run.audit(), CopyFinding.DAMAGED_PAGE, "1 page(s) of rivals");
        }
    }

    @Test
    void anEngineThatWasLeftOpen() {
        CopyTestFiles files = new CopyTestFiles(directory, 100_000);
        try (CopyRun run = CopyTestFiles.open(files.options(8, 0, Lifetime.PIN, 1))) {
            run.copy();
            run.tearDown();
            try (DmaEngine left = DmaEngine.open(run.memory(), "left", 1)) {
                assertFound(run.audit(), CopyFinding.TEARDOWN, "giving back the memory",
                        left.toString().replaceFirst(" \\(.*", ""));
            }
            run.memory().close();
        }
    }

    /** A device that ends the job while it is at work: its engine cannot wait for it, and the rest is given back. */
    @Test
    void aTearDownThatTheEngineRefuses() {
        CopyReport report = audit(run -> Completions.complete(run.engine(), new DiscardingDevice(run::tearDown)
                .take(run.memory(), frameOfType(run.memory(), PageType.USER))), run -> run.engine().close());
        assertFound(report, CopyFinding.TEARDOWN, "giving back the engine",
                "cannot be closed by the transfer it is in");
    }

    @Test
    void aSourceThatIsShorterThanItWas() {
        CopyTestFiles files = new CopyTestFiles(directory, 100_000);
        try (CopyRun run = CopyTestFiles.open(files.options(8, 0, Lifetime.PIN, 1))) {
            resize(files.source, 50_000);
            run.copy();
            run.tearDown();
            assertFound(run.audit(), CopyFinding.JOB_FAILED, "ended after 50000 bytes");
        }
    }

    @Test
    void aCallbackOfTheCallerThatThrows() {
        CopyTestFiles files = new CopyTestFiles(directory, 100_000);
        try (CopyRun run = CopyRun.open(files.options(8, 0, Lifetime.PIN, 1), () -> false, done -> {
            throw new IllegalStateException("planted");
        })) {
            run.copy();
            run.tearDown();
            assertFound(run.audit(), CopyFinding.JOB_FAILED, "planted");
        }
    }

    @Test
    void anEngineThatThrew() {
        CopyReport report = audit(run -> {
            run.engine().onInterrupt(() -> {
                throw new IllegalStateException("planted");
            });
            Completions.complete(run.engine(), take(run));
        }, CopyAuditTest::nothing);
        assertFound(report, CopyFinding.JOB_FAILED, "the engine threw", "planted");
    }

    private static void resize(Path file, long bytes) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

package io.pinfold.hwmodel.copy;

import static io.pinfold.hwmodel.copy.CopyTestFiles.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.PageInfo;
import io.pinfold.core.page.PageFlags;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class DmaCopyTest {

    @TempDir
    Path directory;

    private static void assertSame(CopyReport report, CopyTestFiles files) throws IOException {
        assertThat(report.findings()).as("seed %d", report.options().seed()).isEmpty();
        assertThat(report.exitCode()).isZero();
        assertThat(report.acquired()).isEqualTo(report.released());
        assertThat(report.staleDma()).isZero();
        assertThat(Files.mismatch(files.source, files.target)).isEqualTo(-1);
        assertThat(report.bytes()).isEqualTo(Files.size(files.source));
    }

    @ParameterizedTest
    @CsvSource({"1,64", "4095,64", "4096,1", "4097,1", "100001,3", "3145745,64", "262144,64", "262145,64"})
    void anySizeIsCopiedInPeace(int bytes, int batch) throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, bytes);
        CopyReport report = run(files.options(batch, 0, Lifetime.PIN, 1));
        assertSame(report, files);
        assertThat(report.takenAwayWhilePinned()).isZero();
        assertThat(report.framesReused()).isZero();
        assertThat(report.acquired()).isEqualTo((bytes + 4095) / 4096);
    }

    @ParameterizedTest
    @EnumSource(value = Lifetime.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void aHeldFrameOutlivesWhateverRivalsDo(Lifetime lifetime) throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, (8 << 20) + 5);
        CopyReport report = run(files.options(16, 3, lifetime, 42));
        assertSame(report, files);
        // A rival's turn falls between reading and writing of every chunk, so every page was taken away.
        assertThat(report.takenAwayWhilePinned()).isEqualTo(2049);
        assertThat(report.framesReused()).isEqualTo(2049);
        assertThat(report.rivals().damagedPages()).isZero();
        assertThat(report.rivals().outOfMemory()).isZero();
        assertThat(report.gets() > 0).isEqualTo(lifetime == Lifetime.GET);
        assertThat(report.acquired() > 0).isEqualTo(lifetime != Lifetime.GET);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4096, 5000})
    void theRaceHappensHoweverSmallTheFile(int bytes) throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, bytes);
        for (long seed = 0; seed < 20; seed++) {
            CopyReport report = run(files.options(64, 1 + (int) (seed % 4), Lifetime.PIN, seed));
            assertSame(report, files);
            assertThat(report.takenAwayWhilePinned()).isPositive();
            assertThat(report.framesReused()).isPositive();
        }
    }

    @ParameterizedTest
    @Tag("unchecked") // touches freed frames, to show what a pin is for
    @ValueSource(ints = {100, 1 << 20})
    void aCopyWithoutReferencesGoesWrongAndSaysSo(int bytes) {
        CopyTestFiles files = new CopyTestFiles(directory, bytes);
        CopyReport report = run(files.options(16, 2, Lifetime.NONE, 7));
        assertThat(report.exitCode()).isEqualTo(1);
        assertThat(report.staleDma()).isPositive();
        assertThat(report.findings()).extracting(CopyFinding::name).contains(CopyFinding.STALE_DMA);
        assertThat(report.findings()).extracting(CopyFinding::name).isSubsetOf(CopyFinding.STALE_DMA,
                CopyFinding.TARGET_DIFFERS,
                CopyFinding.DAMAGED_PAGE);
    }

    @Test
    void anEmptyFileIsCopiedInPeaceButCannotBeRacedFor() throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, 0);
        assertSame(run(files.options(64, 0, Lifetime.PIN, 1)), files);
        CopyReport raced = run(files.options(64, 2, Lifetime.PIN, 1));
        assertThat(raced.clean()).isTrue();
        assertThat(raced.noRaceHappened()).isTrue();
        assertThat(raced.exitCode()).isEqualTo(1);
    }

    @Test
    void aLongerTargetIsCutToSize() throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, 5000);
        Files.write(files.target, new byte[100_000]);
        assertSame(run(files.options(64, 0, Lifetime.PIN, 1)), files);
    }

    /** DST is never half written, even if the process ends in the middle. */
    @Test
    void untilTheCopyIsWholeTheTargetIsWhatItWas() throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, 1 << 20);
        Files.writeString(files.target, "before");
        CopyReport report = new DmaCopy(files.options(16, 2, Lifetime.PIN, 3),
                done -> assertThat(files.target).hasContent("before")).run();
        assertSame(report, files);
        assertThat(directory).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void aLinkToTheTargetIsFollowedAndPermissionsStay() throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, 5000);
        Files.writeString(files.target, "before");
        var mode = PosixFilePermissions.fromString("rw-r-----");
        Files.setPosixFilePermissions(files.target, mode);
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("target"));
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), Path.of("new"));
        for (Path name : new Path[]{link, dangling}) {
            assertThat(run(new CopyOptions(files.source, name, 1, 0, 64L << 20, Lifetime.PIN, 1)).exitCode()).isZero();
            assertThat(name).isSymbolicLink();
        }
        assertThat(Files.getPosixFilePermissions(files.target)).isEqualTo(mode);
        assertThat(Files.mismatch(files.source, files.target)).isEqualTo(-1);
        assertThat(Files.mismatch(files.source, directory.resolve("new"))).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aJobThatFailsLeavesTheTargetAsItWas(boolean isThere) throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, 1 << 20);
        if (isThere) {
            Files.writeString(files.target, "before");
        }
        try (CopyRun run = CopyTestFiles.open(files.options(16, 0, Lifetime.PIN, 3))) {
            try (FileChannel source = FileChannel.open(files.source, StandardOpenOption.WRITE)) {
                source.truncate(300_000);
            }
            run.copy();
            run.tearDown();
            assertThat(run.audit().exitCode()).isEqualTo(1);
        }
        if (isThere) {
            assertThat(files.target).hasContent("before");
        } else {
            assertThat(files.target).doesNotExist();
        }
        assertThat(directory).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void aSourceThatShrinksFailsTheJobAndLeaksNothing() throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, 1 << 20);
        try (CopyRun run = CopyTestFiles.open(files.options(16, 0, Lifetime.PIN, 3))) {
            try (FileChannel source = FileChannel.open(files.source, StandardOpenOption.WRITE)) {
                source.truncate(300_000);
            }
            run.copy();
            run.tearDown();
            assertThat(run.audit().findings()).singleElement().satisfies(finding -> {
                assertThat(finding.name()).isEqualTo(CopyFinding.JOB_FAILED);
                assertThat(finding.detail()).contains("ended after 300000 bytes");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void aCancelledJobUnwinds(int rivals) {
        CopyTestFiles files = new CopyTestFiles(directory, 4 << 20);
        AtomicReference<DmaCopy> self = new AtomicReference<>();
        DmaCopy job = new DmaCopy(files.options(16, rivals, Lifetime.PIN, 5), done -> {
            if (done > 1 << 20) {
                self.get().cancel();
            }
        });
        self.set(job);
        CopyReport report = job.run();
        assertThat(report.exitCode()).isEqualTo(1);
        assertThat(report.findings()).singleElement().satisfies(finding -> assertThat(finding.detail())
                .startsWith("JOB10: interrupted after"));
        assertThat(report.bytes()).isLessThan(4 << 20);
        assertThat(report.acquired()).isEqualTo(report.released());
    }

    /** The device writes into the frames without the processor's dirty bit, so only the driver can mark them dirty. */
    @Test
    void whatTheDeviceWroteIsDirty() {
        CopyTestFiles files = new CopyTestFiles(directory, 100_000);
        try (CopyRun run = CopyTestFiles.open(files.options(8, 0, Lifetime.PIN, 1))) {
            run.copy();
            int written = 0;
            for (long pfn = 1; pfn < run.memory().ramFrames(); pfn++) {
                PageInfo page = run.memory().page(pfn);
                if (page.mapCount() > 0) {
                    assertThat(page.flags() & PageFlags.DIRTY).as("%s", page).isNotZero();
                    written++;
                }
            }
            assertThat(written).isPositive();
            run.tearDown();
        }
    }

    @Test
    void aMemoryThatHoldsOneChunkIsEnough() throws IOException {
        CopyTestFiles files = new CopyTestFiles(directory, (4 << 20) + 1);
        CopyOptions options = new CopyOptions(files.source, files.target, 900, 0, 8L << 20, Lifetime.PIN, 1);
        CopyReport report = run(options);
        assertSame(report, files);
        assertThat(report.windows()).isEqualTo(1);
    }
}

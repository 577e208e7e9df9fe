package io.pinfold.hwmodel.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.pinfold.hwmodel.process.ChildProcess.Ended;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Children that end, children that do not, and children that leave others behind. */
@Timeout(120)
class ChildProcessTest {
    private static final Duration LONG = Duration.ofHours(1);

    @TempDir
    Path directory;

    @AfterEach
    void nothingIsLeft() {
        assertThat(ProcessHandle.current().descendants()).isEmpty();
    }

    @Test
    void aChildThatEndsAnswersItsExitCodeAndWhatItPrintedToEachStream() throws Exception {
        assertThat(ChildProcess.run(shell("echo out; echo err >&2; exit 3"), LONG))
                .isEqualTo(new Ended(3, "out\n", "err\n"));
        assertThat(ChildProcess.run(shell("echo out; echo err >&2").redirectErrorStream(true), LONG))
                .isEqualTo(new Ended(0, "out\nerr\n", ""));
    }

    @Test
    void aRedirectedStreamGoesWhereTheBuilderSays() throws Exception {
        Path log = directory.resolve("log");
        ProcessBuilder builder = shell("echo out; echo err >&2").redirectOutput(log.toFile());

        assertThat(ChildProcess.run(builder, LONG)).isEqualTo(new Ended(0, "", "err\n"));
        assertThat(log).hasContent("out");
    }

    @Test
    void aBuilderCanBeUsedAgain() throws Exception {
        ProcessBuilder builder = shell("echo out; echo err >&2");

        for (int run = 0; run < 2; run++) {
            assertThat(ChildProcess.run(builder, LONG)).as("run %d", run).isEqualTo(new Ended(0, "out\n", "err\n"));
            assertThat(builder.redirectOutput()).isEqualTo(ProcessBuilder.Redirect.PIPE);
            assertThat(builder.redirectError()).isEqualTo(ProcessBuilder.Redirect.PIPE);
        }
    }

    @Test
    void aChildThatReadsFindsNothing() throws Exception {
        assertThat(ChildProcess.run(shell("cat; echo end"), LONG).output()).isEqualTo("end\n");
    }

    @Test
    void moreOutputThanAPipeHoldsDoesNotHoldTheChildUp() throws Exception {
        Ended ended = ChildProcess.run(shell("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"), LONG);

        assertThat(ended.output()).hasSize(300_000);
        assertThat(ended.errors()).hasSize(300_000);
    }

    @Test
    void aChildThatPrintsNothingAndSleepsIsEndedWithWhatItStartedWhenItsTimeIsUp() {
        assertThatExceptionOfType(ChildTimeoutException.class)
                .isThrownBy(() -> ChildProcess.run(shell("sleep 86399 & sleep 86399"), Duration.ofMillis(1500)))
                .withMessageStartingWith(
                        "sh -c sleep 86399 & sleep 86399 did not end within 1.5 s, and was ended with ")
                .withMessageEndingWith("it had printed nothing");
        // nothingIsLeft looks for the sleepers
    }

    @Test
    void aTimeOutSaysWhatWasPrintedBefore() {
        assertThatExceptionOfType(ChildTimeoutException.class).isThrownBy(
                () -> ChildProcess.run(shell("echo step 1; exec sleep 86399"), Duration.ofMillis(1500)))
                .withMessageEndingWith("it had printed: step 1")
                .satisfies(e -> assertThat(e.output()).isEqualTo("step 1\n"));
    }

    @Test
    void aChildThatHangsWithItsOutputOpenIsEndedThoughItHasPrintedMoreThanAPipeHolds() {
        assertThatExceptionOfType(ChildTimeoutException.class)
                .isThrownBy(() -> ChildProcess.run(shell("head -c 300000 /dev/zero; sleep 86399 & wait"),
                        Duration.ofMillis(1500)))
                .satisfies(e -> assertThat(e.output()).hasSize(300_000));
    }

    @Test
    void aChildIsLookedAfterWhileItRuns() throws Exception {
        Path goOn = directory.resolve("go-on");
        AtomicReference<String> seen = new AtomicReference<>("");
        Path log = directory.resolve("log");

        Ended ended = ChildProcess.run(
                shell("echo started; while [ ! -e " + goOn + " ]; do :; done").redirectOutput(log.toFile()), LONG,
                () -> {
                    try {
                        seen.set(Files.readString(log));
                        Files.createFile(goOn);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });

        assertThat(ended.exit()).isZero();
        assertThat(seen.get()).isEqualTo("started\n");
    }

    @Test
    void aLookThatThrowsEndsTheChild() {
        assertThatIllegalStateException().isThrownBy(() -> ChildProcess.run(shell("exec sleep 86399"), LONG, () -> {
            throw new IllegalStateException("enough");
        })).withMessage("enough");
        // nothingIsLeft looks for the sleeper
    }

    @Test
    void aGrandchildThatHoldsTheOutputIsNotWaitedFor() throws Exception {
        Ended ended = ChildProcess.run(shell("sleep 86399 & echo $!"), LONG);

        ProcessHandle grandchild = ProcessHandle.of(Long.parseLong(ended.output().strip())).orElseThrow();
        try {
            assertThat(grandchild.isAlive()).isTrue();
        } finally {
            grandchild.destroyForcibly();
        }
    }

    @Test
    void anInterruptEndsTheChild() throws Exception {
        Path started = directory.resolve("started");

        assertThat(interruptedWhen(started, "touch " + started + "; exec sleep 86399"))
                .isInstanceOf(InterruptedException.class);
    }

    @Test
    void aChildThatStartsProcessesAtThatMomentLeavesNone() throws Exception {
        assertThat(leftOf(300, "sleep")).isEmpty();
    }

    /** A killed process ends when it next runs, which takes long for these: the call waits for the end. */
    @Test
    void whenItReturnsAllHaveEnded() throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        List<Thread> busy = IntStream.range(0, 2 * Runtime.getRuntime().availableProcessors())
                .mapToObj(i -> Thread.ofPlatform().daemon().start(() -> {
                    while (!isOver.get()) {
                        Thread.onSpinWait();
                    }
                })).toList();
        try {
            for (int round = 0; round < 8; round++) {
                assertThat(leftOf(50, "nice sleep")).as("round %d", round).isEmpty();
            }
        } finally {
            isOver.set(true);
            for (Thread thread : busy) {
                thread.join();
            }
        }
    }

    /** The sleepers of a child that still exist when the call returns after an interrupt. */
    private List<ProcessHandle> leftOf(int sleepers, String sleep) throws Exception {
        Path started = directory.resolve("started");
        String seconds = "86" + ProcessHandle.current().pid(); // distinguishes them from any others

        assertThat(interruptedWhen(started, "touch " + started + "; i=0; while [ $i -lt " + sleepers + " ]; do " + sleep
                + " " + seconds + " & i=$((i+1)); done; wait")).isInstanceOf(InterruptedException.class);

        List<ProcessHandle> left = ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").endsWith("sleep " + seconds)).toList();
        left.forEach(ProcessHandle::destroyForcibly);
        Files.delete(started);
        return left;
    }

    /** The exception of a call whose thread is interrupted as soon as a file exists. */
    private static Exception interruptedWhen(Path file, String script) throws InterruptedException {
        AtomicReference<Exception> thrown = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            try {
                Ended _ = ChildProcess.run(shell(script), LONG);
            } catch (IOException | InterruptedException e) {
                thrown.set(e);
            }
        });
        caller.start();
        while (caller.isAlive() && !Files.exists(file)) {
            Thread.onSpinWait();
        }
        caller.interrupt();
        caller.join();
        return thrown.get();
    }

    @Test
    void aProgramThatIsNotThereAndALimitOfNothingAreNamed() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> ChildProcess.run(new ProcessBuilder("no-such-program"), LONG))
                .withMessageContaining("no-such-program");
        assertThatIllegalArgumentException().isThrownBy(() -> ChildProcess.run(shell("true"), Duration.ZERO))
                .withMessageContaining("PT0S");
    }

    private static ProcessBuilder shell(String script) {
        return new ProcessBuilder("sh", "-c", script);
    }
}

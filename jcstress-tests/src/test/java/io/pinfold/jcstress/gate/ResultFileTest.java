package io.pinfold.jcstress.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.Options;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskWriteCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.runners.TestConfig;
import org.openjdk.jcstress.infra.runners.TestList;
import org.openjdk.jcstress.os.AffinityMode;
import org.openjdk.jcstress.os.NodeType;
import org.openjdk.jcstress.os.SchedulingClass;

/**
 * Reads results that jcstress itself wrote, so that a new version with another format does not pass for an empty run.
 */
class ResultFileTest {
    private static final String MODEL = "io.pinfold.jcstress.PinVsUnmap.Model";
    private static final String BROKEN = "io.pinfold.jcstress.PinVsUnmap.BrokenReleaseClear";

    @TempDir
    Path directory;

    @Test
    void countsSamplesByWhatTheirOutcomeIsGradedAs() throws Exception {
        TestResult model = result(MODEL, Status.NORMAL);
        model.addState("MISSED, SAW_NOTHING, BALANCED", 5);
        model.addState("ROLLED_BACK, SAW_PIN, BALANCED", 3);
        model.addState("REFUSED, SAW_NOTHING, BALANCED", 4);
        model.addState("PINNED, SAW_NOTHING, RECYCLED", 2);
        TestResult broken = result(BROKEN, Status.NORMAL);
        broken.addState("PINNED, SAW_NOTHING, BALANCED", 9);
        write(model, broken);

        SortedMap<String, Tally> tallies = ResultFile.read(directory);

        assertThat(tallies).containsOnlyKeys(BROKEN, MODEL);
        assertThat(tallies.get(MODEL)).isEqualTo(new Tally(MODEL, 1, 14, 7, 0, 2,
                List.of("forbidden: PINNED, SAW_NOTHING, RECYCLED x 2")));
        assertThat(tallies.get(BROKEN)).isEqualTo(new Tally(BROKEN, 1, 9, 0, 9, 0, List.of()));
    }

    @Test
    void addsUpTheRunsOfATest() throws Exception {
        TestResult first = result(MODEL, Status.NORMAL);
        first.addState("MISSED, SAW_NOTHING, BALANCED", 5);
        TestResult second = result(MODEL, Status.NORMAL);
        second.addState("ROLLED_BACK, SAW_NOTHING, BALANCED", 6);
        write(first, second);

        assertThat(ResultFile.read(directory).get(MODEL)).isEqualTo(new Tally(MODEL, 2, 11, 6, 0, 0, List.of()));
    }

    @Test
    void keepsWhatAnActorThrew() throws Exception {
        TestResult result = result(MODEL, Status.TEST_ERROR);
        result.addMessages(new IllegalStateException("frame 7 is free already"));
        write(result);

        assertThat(ResultFile.read(directory).get(MODEL).troubles()).contains("status TEST_ERROR")
                .anyMatch(trouble -> trouble.contains("frame 7 is free already"));
    }

    @Test
    void isEmptyWhenJcstressMatchedNoTest() throws IOException {
        assertThat(ResultFile.read(directory)).isEmpty();
    }

    @Test
    void refusesAFileThatIsNoResult() throws IOException {
        Files.writeString(directory.resolve("jcstress-results-2026.bin.gz"), "not a result");

        assertThatThrownBy(() -> ResultFile.read(directory)).isInstanceOf(IOException.class);
    }

    private static TestResult result(String test, Status status) throws Exception {
        Options options = new Options(new String[]{"-m", "quick", "-c", "2"});
        options.parse();
        TestResult result = new TestResult(status);
        result.setConfig(new TestConfig(options, TestList.getInfo(test), 0, List.of(), 0,
                new SchedulingClass(AffinityMode.NONE, 2, NodeType.PACKAGE)));
        return result;
    }

    private void write(TestResult... results) throws IOException {
        DiskWriteCollector writer = new DiskWriteCollector(directory.resolve("jcstress-results-1.bin.gz").toString());
        for (TestResult result : results) {
            writer.add(result);
        }
        writer.close();
    }
}

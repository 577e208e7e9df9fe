package io.pinfold.jcstress.explore.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.words.Words;
import io.pinfold.jcstress.explore.Explore;
import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.search.Replay;
import io.pinfold.jcstress.explore.search.TinyScenario;
import io.pinfold.jcstress.explore.search.TinyScenario.Play;
import io.pinfold.jcstress.explore.search.Violation;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** {@code ./pinfold explore}: exit codes, output, the replay in columns. */
class ExploreCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        CommandLine line = new CommandLine(new ExploreCommand()).setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((e, command, result) -> {
                    command.getErr().println(e.getMessage());
                    return e instanceof ExploreCommand.UsageException ? 2 : 1;
                });
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return line.execute(args);
    }

    @Test
    void searchesAScenario() {
        assertThat(run("pin-vs-freeze", "--mode", "sc")).isZero();
        assertThat(out.toString()).contains("pin-vs-freeze").contains("complete").contains("1 searches, 1 complete");
    }

    @Test
    void listsThem() {
        assertThat(run("--list")).isZero();
        assertThat(out.toString()).contains("pin-vs-unmap").contains("R1");
    }

    @Test
    void jsonStandsAlone() {
        assertThat(run("pin-vs-freeze", "--mode", "tso", "--json=")).isZero();
        assertThat(out.toString()).startsWith(
                "{\"scenarios\":[{\"scenario\":\"pin-vs-freeze\",\"races\":\"R11 R26\",\"mode\":\"tso\"")
                .contains("\"complete\":true,\"good\":true");
    }

    @Test
    void wrongUseIsTold() {
        assertThat(run("no-such-scenario")).isEqualTo(2);
        assertThat(err.toString()).contains("no scenario no-such-scenario");
        assertThat(run("pin-vs-freeze", "--replay", "t0")).isEqualTo(2);
        assertThat(run("pin-vs-freeze", "--mode", "sc", "--replay", "nonsense")).isEqualTo(2);
    }

    @Test
    void aReplayIsDrawnInColumnsWithStepIdsAndWhatChanged() {
        TinyScenario race = new TinyScenario(x -> {
            Runnable increment = () -> {
                long seen = Words.getLongOpaque(x); // WAIT2: looks
                Words.setLongOpaque(x, seen + 1); // WAKE1 -> WAIT2: the other's look
            };
            return new Play(List.of(increment, increment), () -> "" + Words.getLong(x));
        }, "2");
        Violation violation = Explore.scenario(race).mode(Mode.SC).first().run().violation();
        Replay replay = Explore.scenario(race).mode(Mode.SC).replay(violation.schedule());

        new ReplayTable(replay).print(new PrintWriter(out, true));

        List<String> lines = out.toString().lines().toList();
        assertThat(lines).allMatch(line -> line.length() <= ReplayTable.WIDTH);
        assertThat(lines.getFirst()).isEqualTo("before: x 0");
        assertThat(lines.get(1)).matches(" +\\| s0 +\\| s1 +\\| what changed *");
        assertThat(lines).anyMatch(line -> line.matches("1 +\\| WAIT2 load.opaque x = 0 +\\| +\\|"));
        assertThat(lines).anyMatch(line -> line.matches("[0-9] +\\| +\\| WAKE1 store.opaque x := 1 +\\| x 1"));
        assertThat(lines.getLast()).isEqualTo("forbidden outcome: 1");
    }
}

package io.pinfold.jcstress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pinfold.hwmodel.cli.PinfoldCommand.UsageException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class RacesCommandTest {
    private static final NavigableSet<String> ALL = new TreeSet<>(
            List.of("p.GrabVsSplit.Model", "p.PinVsFork.Real", "p.PinVsUnmap.Model", "p.PinVsUnmap.Real"));

    private final RacesCommand command = new RacesCommand();
    private final CommandLine line = new CommandLine(command);

    private NavigableSet<String> selected(String... args) {
        line.parseArgs(args);
        return command.selected(ALL);
    }

    @Test
    void testsAreChosenByTheBeginningsOfTheirNames() {
        assertThat(selected()).isEqualTo(ALL);
        assertThat(selected("PinVsUnmap", "GrabVs", "--minutes", "1")).containsExactly("p.GrabVsSplit.Model",
                "p.PinVsUnmap.Model", "p.PinVsUnmap.Real");
        assertThat(selected("PinVsUnmap.R")).containsExactly("p.PinVsUnmap.Real");
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> selected("PinVsUnmap", "Nothing"))
                .withMessageContaining("Nothing");
    }

    @ParameterizedTest
    @CsvSource({"--samples,1e7,10000000", "--samples,250,250", "--minutes,60,60"})
    void numbersAreWrittenOutOrAsAPowerOfTen(String option, String text, long number) {
        CommandLine.ParseResult parsed = line.parseArgs(option, text);

        assertThat(parsed.matchedOptionValue(option, 0L)).isEqualTo(number);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--minutes", "--minutes 0", "--minutes -1", "--minutes 1.5", "--samples x", "--samples 1e-3",
                    "-m 3"})
    void whatIsNotUnderstoodIsRefusedByName(String words) {
        String[] args = words.split(" ");

        assertThatExceptionOfType(CommandLine.ParameterException.class).isThrownBy(() -> line.parseArgs(args))
                .withMessageContaining(args[0]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--minutes 99999999", "--samples 10", "--samples 10 --totals t --json"})
    void whatMakesNoSenseTogetherIsRefusedBeforeAnythingRuns(String words) {
        line.setExecutionExceptionHandler((e, failed, parsed) -> {
            throw e;
        });
        line.setErr(new PrintWriter(new StringWriter()));
        line.parseArgs(words.split(" "));

        assertThatExceptionOfType(UsageException.class).isThrownBy(command::call)
                .withMessageContaining(words.split(" ")[0]);
    }
}

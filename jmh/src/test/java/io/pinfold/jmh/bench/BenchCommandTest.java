package io.pinfold.jmh.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pinfold.hwmodel.cli.PinfoldCommand.UsageException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Options that exclude each other or select no row are refused before anything is built or measured. */
class BenchCommandTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--against HEAD --check|--against HEAD goes without --check",
            "--against HEAD --html x.html|--against HEAD goes without --html", "--jvms 3|--jvms 3 is for --against",
            "--against HEAD --jvms 1|--jvms 1: must be 2 to 99",
            "--against HEAD --jvms 100|--jvms 100: must be 2 to 99",
            "--only nothing|no row begins with nothing",
            "--against HEAD --only kernel|no row of Pinfold's own begins with kernel"})
    void wrongUsageIsNamed(String arguments, String message) {
        BenchCommand command = new BenchCommand();
        CommandLine line = new CommandLine(command);
        assertThat(line.parseArgs(arguments.split(" ", -1)).errors()).isEmpty();

        assertThatExceptionOfType(UsageException.class).isThrownBy(command::call).withMessage(message);
    }
}

package io.pinfold.hwmodel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The list of commands against the commands of this module; jcstress-tests and jmh check theirs. */
class CommandListTest {

    @Test
    void theCommandsOfThisModuleAreListedAndNoOthers() {
        assertThat(CommandList.found()).isEqualTo(CommandList.listed(Set.of("hw-model")));
    }

    @Test
    void everyModuleOfTheListExists() {
        assertThat(CommandList.listed()).hasSizeGreaterThan(3).allSatisfy(
                entry -> assertThat(Path.of("..", entry.module(), "pom.xml")).as("module of %s", entry)
                        .isRegularFile());
    }

    @Test
    void theHelpListsAllOfThemInOneLine() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(Main.run(out, out, "--help")).isZero();
        assertThat(CommandList.listed()).allSatisfy(entry -> assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .anySatisfy(line -> assertThat(line.strip()).startsWith(entry.name() + " ")));
    }

    @Test
    void aCommandOfAnotherModuleIsNotWrongUsage() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        CommandList.Entry elsewhere = CommandList.listed().stream().filter(entry -> !entry.module().equals("hw-model"))
                .findFirst().orElseThrow();
        assertThat(Main.run(new ByteArrayOutputStream(), err, elsewhere.name(), "--only", "x", "file")).isEqualTo(70);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(elsewhere.name(), elsewhere.module(), "./pinfold");
    }
}

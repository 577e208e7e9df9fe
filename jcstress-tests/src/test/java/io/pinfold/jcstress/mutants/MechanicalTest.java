package io.pinfold.jcstress.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pinfold.hwmodel.cli.JsonTarget;
import io.pinfold.hwmodel.cli.PinfoldCommand;
import io.pinfold.hwmodel.cli.PinfoldCommand.UsageException;
import io.pinfold.hwmodel.cli.Provenance;
import io.pinfold.jcstress.mutants.mechanical.ClassResult;
import io.pinfold.jcstress.mutants.mechanical.CodeKey;
import io.pinfold.jcstress.mutants.mechanical.LeftOutClasses;
import io.pinfold.jcstress.mutants.mechanical.LeftOutTests;
import io.pinfold.jcstress.mutants.mechanical.MechanicalResult;
import io.pinfold.jcstress.mutants.mechanical.RoomTests;
import io.pinfold.jcstress.mutants.mechanical.SurvivorList;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The lists of the mechanical mutants fit the code, and the command says by its exit code what it found. */
class MechanicalTest {

    private static final Project PROJECT = new Project(Path.of("..").toAbsolutePath().normalize());

    private final MutantFile data = MutantFile.load();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int report(ClassResult... results) {
        return Mechanical.report(new MechanicalResult(List.of(results), false, SurvivorList.load()),
                new Provenance("c".repeat(40), "2026-11-30", "cpu", 2, "Linux", "VM"), new JsonTarget(),
                new PrintWriter(out, true), new PrintWriter(err, true));
    }

    @Test
    void theExitCodeTellsAClassThatIsNotThrough() {
        assertThat(report(new ClassResult("core.a.A", "k", "", Map.of(), true, 1, List.of())))
                .isEqualTo(PinfoldCommand.DONE);
        assertThat(out.toString()).contains("core.a.A", "commit cccccccccc, 2026-11-30");
        assertThat(report(new ClassResult("core.a.A", "k", "", Map.of(), false, 1, List.of())))
                .isEqualTo(PinfoldCommand.FOUND);
        assertThat(err.toString()).contains("core.a.A is not through");
    }

    @ParameterizedTest
    @CsvSource({"--shard 1/2, only with --mechanical", "--mechanical --shard 3/2, 1 <= i <= n",
            "--mechanical --check, neither", "--mechanical --with unit, neither", "--mechanical --jobs 0, at least 1"})
    void wrongUsageIsRefused(String arguments, String told) {
        CommandLine line = new CommandLine(new MutantsCommand());
        line.setExecutionExceptionHandler((thrown, command, parsed) -> {
            err.append(thrown.getMessage());
            return thrown instanceof UsageException ? PinfoldCommand.USAGE : PinfoldCommand.FOUND;
        });

        assertThat(line.execute(arguments.split(" "))).isEqualTo(PinfoldCommand.USAGE);
        assertThat(err.toString()).contains(told);
    }

    @Test
    void aClassIsNamedWithOrWithoutItsPackage() throws IOException {
        MechanicalClasses classes = new MechanicalClasses(PROJECT);

        assertThat(List.of("Zap", "core.mm.unmap.Zap", "io.pinfold.core.mm.unmap.Zap")).extracting(classes::named)
                .containsOnly("core.mm.unmap.Zap");
        assertThat(classes.weight("core.mm.unmap.Zap")).isGreaterThan(1000);
        assertThatThrownBy(() -> classes.named("Zapp")).isInstanceOf(UsageException.class)
                .hasMessageContaining("no such class");
        assertThatThrownBy(() -> classes.named("Words")).isInstanceOf(UsageException.class)
                .hasMessageContaining("left out: ");
    }

    @Test
    void theScopeHasTheRoomsOfTheRule() throws IOException {
        List<String> scope = new MechanicalClasses(PROJECT).scope();

        assertThat(scope).hasSizeGreaterThan(120).contains("core.mm.Cpu", "core.mm.unmap.Zap", "core.memory.frame.Grab",
                "fastpath.walk.FastWalk", "fastpath.GupSession", "hwmodel.dma.DmaEngine", "hwmodel.copy.Copier");
        assertThat(scope).noneMatch(name -> name.contains("$") || name.endsWith("package-info")
                || name.startsWith("core.words.") || name.startsWith("hwmodel.cli."));
    }

    @Test
    void theKeyIsOfTheCommitAndTheCode() throws IOException {
        MechanicalClasses classes = new MechanicalClasses(PROJECT);
        List<String> two = List.of("core.mm.unmap.Zap", "core.mm.unmap.Protect");

        assertThat(classes.codes(two, "a")).isEqualTo(new MechanicalClasses(PROJECT).codes(two, "a"));
        assertThat(classes.codes(two, "a").values()).extracting(CodeKey::key).doesNotHaveDuplicates()
                .allMatch(key -> key.startsWith("a "));
        assertThat(classes.codes(two, "b").values()).extracting(CodeKey::bytes).doesNotHaveDuplicates()
                .containsExactlyElementsOf(classes.codes(two, "a").values().stream().map(CodeKey::bytes).toList());
        assertThat(classes.codes(two, "a").values()).allSatisfy(code -> assertThat(code.tests())
                .containsKeys("core.mm.FlushTest", "fastpath.FastVsSlowTest").doesNotContainValue(""));
    }

    @Test
    void everyRoomHasTests() throws IOException {
        MechanicalTests tests = new MechanicalTests(PROJECT, data);
        Set<String> rooms = new TreeSet<>(RoomTests.load().rooms());
        new MechanicalClasses(PROJECT).scope().forEach(name -> rooms.add(name.substring(0, name.lastIndexOf('.'))));

        assertThat(rooms).allSatisfy(room -> {
            assertThat(tests.ofRoom(room).values()).as("tests of %s", room).isNotEmpty().noneMatch(List::isEmpty);
            assertThat(tests.ofRoom(room).values().stream().flatMap(List::stream)).as("tests of %s", room)
                    .doesNotContainAnyElementsOf(data.random()).doesNotContainAnyElementsOf(data.leftOut())
                    .noneMatch(name -> name.endsWith("IT") || name.contains("Stress"));
        });
        assertThat(tests.ofModules("core.mm")).containsOnlyKeys("core", "fastpath", "hw-model");
        assertThat(tests.ofModules("fastpath.walk")).containsOnlyKeys("fastpath", "hw-model");
        assertThat(tests.ofModules("hwmodel.dma")).containsOnlyKeys("hw-model");
    }

    @Test
    void whatIsLeftOutExists() throws IOException {
        MechanicalClasses classes = new MechanicalClasses(PROJECT);
        List<String> all = new ArrayList<>();
        for (String module : Project.MODULES) {
            all.addAll(PROJECT.unitTests(module));
        }

        assertThat(LeftOutClasses.load().keySet()).allMatch(name -> classes.weight(name) > 0);
        assertThat(all).containsAll(LeftOutTests.load().keySet());
    }

    /** Tests in other processes run the shipping classes there, on checked memory as on mutants. */
    @Test
    void everyTestInOtherProcessesIsLeftOut() throws IOException {
        List<String> others = Files.readAllLines(PROJECT.home().resolve(".mvn/checked-without.txt")).stream()
                .dropWhile(line -> !line.contains("in other processes")).skip(1)
                .takeWhile(line -> !line.startsWith("#"))
                .map(line -> line.replaceAll(".*/(\\w+)\\.java", "$1")).toList();
        List<String> leftOut = new ArrayList<>(data.leftOut());
        leftOut.addAll(LeftOutTests.load().keySet());

        assertThat(others).hasSizeGreaterThan(8);
        assertThat(leftOut.stream().map(name -> name.substring(name.lastIndexOf('.') + 1))).containsAll(others);
    }
}

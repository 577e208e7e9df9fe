package io.pinfold.jcstress.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import io.pinfold.jcstress.arch.planted.cycle.a.First;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rooms of core: their order, written once, and their size. */
class RoomsTest {
    private static final int MOST_FILES = 24;

    /** A room uses those before it; those in one group do not use each other. The doors, memory and mm, come last. */
    private static final RoomOrder CORE = new RoomOrder("io.pinfold.core", List.of(List.of("foll"), List.of("gup"),
            List.of("geometry"),
            List.of("words"), List.of("page"), List.of("epoch"), List.of("device"), List.of("pagemap"),
            List.of("memory.zone"),
            List.of("memory.frame"), List.of("memory.handle", "memory.batch"), List.of("pgtable"), List.of("mm.space"),
            List.of("mm.unmap"), List.of("mm.fault"), List.of("mm.anon"),
            List.of("mm.shared", "mm.hugetlb", "mm.device"), List.of("mm.move"), List.of("mm.slow"),
            List.of("internal"),
            List.of("memory"), List.of("mm"), List.of("kernel")));
    private static final RoomOrder FASTPATH = RoomOrder.ladder("io.pinfold.fastpath", List.of("walk", "", "kernel"));

    @Test
    void theRoomsOfCoreAreALadder() {
        rule(CORE).check(Modules.CORE.classes());
    }

    @Test
    void theRoomsOfTheFastPathAreALadder() {
        rule(FASTPATH).check(Modules.FASTPATH.classes());
    }

    @Test
    void aUseOfARoomAboveIsNoticed() {
        String planted = "io.pinfold.jcstress.arch.planted.cycle";
        Planted.breaks(rule(RoomOrder.ladder(planted, List.of("a", "b"))), First.class);
        Planted.breaks(rule(new RoomOrder(planted, List.of(List.of("a", "b")))), First.class);
        Planted.breaks(rule(RoomOrder.ladder(planted, List.of("b"))), First.class);
    }

    /** Class files do not show what is imported for a comment. */
    @Test
    void noImportLeadsToARoomAbove() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, RoomOrder> module : Map.of("core", CORE, "fastpath", FASTPATH).entrySet()) {
            try (Stream<Path> files = Files.walk(Path.of("..", module.getKey(), "src", "main", "java"))) {
                for (Path file : files.filter(path -> path.toString().matches(".*/[A-Z]\\w+\\.java")).toList()) {
                    module.getValue().wrongImports(Files.readString(file))
                            .forEach(target -> wrong.add(file.getFileName() + " -> " + target));
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void anImportOfARoomAboveIsNoticed() {
        String source = "package io.pinfold.core.page;\n\nimport io.pinfold.core.words.Words;\n%s";
        assertThat(CORE.wrongImports(source.formatted(""))).isEmpty();
        assertThat(CORE.wrongImports(source.formatted("import io.pinfold.core.memory.Batch;\n")))
                .containsExactly("io.pinfold.core.memory");
        assertThat(CORE.wrongImports(source.formatted("import static io.pinfold.core.mm.slow.FlagRules.checkFast;\n")))
                .containsExactly("io.pinfold.core.mm.slow");
    }

    @Test
    void noPackageOfCoreIsAHall() throws IOException {
        assertThat(halls(Path.of("..", "core", "src", "main", "java"))).isEmpty();
    }

    @Test
    void aHallIsNoticed(@TempDir Path folder) throws IOException {
        for (int i = 0; i <= MOST_FILES; i++) {
            Files.createFile(folder.resolve("C" + i + ".java"));
        }
        assertThat(halls(folder)).containsExactly(Map.entry(folder, (long) MOST_FILES + 1));
    }

    private static Map<Path, Long> halls(Path root) throws IOException {
        Map<Path, Long> halls = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(file -> file.toString().endsWith(".java"))
                    .forEach(file -> halls.merge(file.resolveSibling("").normalize(), 1L, Long::sum));
        }
        halls.values().removeIf(count -> count <= MOST_FILES);
        return halls;
    }

    private static ArchRule rule(RoomOrder order) {
        return classes().that(DescribedPredicate.describe("are in its rooms", (JavaClass type) -> order.covers(type)))
                .should(order);
    }
}

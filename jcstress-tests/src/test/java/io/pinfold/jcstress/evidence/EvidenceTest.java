package io.pinfold.jcstress.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.hwmodel.process.Repository;
import io.pinfold.jcstress.RacesCommand;
import io.pinfold.jcstress.gate.RaceTests;
import io.pinfold.jcstress.gate.Verdict;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

class EvidenceTest {
    @TempDir
    Path folder;

    private List<Table> tables() throws IOException {
        return new Report(folder, new Repository(folder)).tables();
    }

    private Table table(String title) throws IOException {
        return tables().stream().filter(table -> table.title().equals(title)).findFirst().orElseThrow();
    }

    // ---- the catalogue ---------------------------------------------------------------------------------------------

    @Test
    void theCatalogueNamesEveryRaceAndEveryRaceClass() throws IOException {
        List<Races> races = Races.all();
        Set<String> named = races.stream().flatMap(race -> race.tests().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> classes = RaceTests.in(RacesCommand.class).stream().map(Verdict::shortName)
                .map(name -> name.substring(0, name.indexOf('.'))).collect(Collectors.toCollection(TreeSet::new));

        assertThat(races.stream().map(Races::id).filter(id -> !id.equals("-")))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 35).mapToObj(i -> "R" + i).toList());
        assertThat(named).isEqualTo(classes);
        assertThat(races).allSatisfy(race -> assertThat(race.tests().isEmpty() && race.rest().isEmpty()).isFalse());
    }

    /** RACES.md has the lines of races.txt, names of tests and scenarios in backticks. */
    @Test
    void theTableOfRacesSaysTheSame() throws IOException {
        String table = Files.readString(Path.of("RACES.md"));
        for (Races race : Races.all()) {
            if (!race.id().equals("-")) {
                String line = table.lines().filter(row -> row.startsWith("| " + race.id() + " |")).findFirst()
                        .orElse("");
                assertThat(race.tests()).as(race.id()).allSatisfy(test -> assertThat(line).contains("`" + test + "`"));
                String evidence = Stream.of(String.join(", ", race.tests()), race.rest())
                        .filter(part -> !part.isEmpty()).collect(Collectors.joining("; "));
                assertThat(line.replace("`", "")).as(race.id())
                        .isEqualTo("| " + race.id() + " | " + race.what() + " | " + evidence + " |");
            }
        }
    }

    // ---- what the files say ----------------------------------------------------------------------------------------

    @Test
    void whatIsMissingIsSaid() throws IOException {
        for (String title : List.of("Mutants", "Mutants by package", "Mechanical mutants by package", "Spin models",
                "Weakened accesses", "Schedules of the explorer",
                "The running kernel as judge", "Samples of the race tests")) {
            assertThat(table(title).source().tone()).as(title).isEqualTo(Cell.Tone.OPEN);
            assertThat(table(title).source().text()).as(title).startsWith("missing");
        }
    }

    @Test
    void aFileOfOtherCodeIsStaleAndABrokenOneIsWrong() throws IOException {
        Files.writeString(folder.resolve("spin.json"),
                "{\"commit\":\"" + "a".repeat(40) + "\",\"date\":\"2026-11-20\",\"models\":[]}");
        Files.writeString(folder.resolve("explore.json"), "{");

        assertThat(table("Spin models").source().text()).contains("2026-11-20", "aaaaaaaaaa", "STALE");
        assertThat(table("Schedules of the explorer").source().tone()).isEqualTo(Cell.Tone.BAD);
    }

    @Test
    void aMutantThatSurvivesUnexpectedlySpeaksAgainst() throws IOException {
        Files.writeString(folder.resolve("mutants.json"), """
                {"mutants":[
                 {"id":"M01","killedBy":[{"checker":"explorer","seconds":0.5},{"checker":"unit","seconds":2}],
                  "expected":false,"reason":null,"title":"no re-check","asked":["explorer","unit","random"]},
                 {"id":"M05","killedBy":[],"expected":true,"reason":"no effect"}]}""");
        Table fine = table("Mutants");

        assertThat(fine.summary()).isEqualTo(
                Cell.good("1 of 2 mutants killed, 1 by two checkers or more, 0 survive unexpectedly"));
        assertThat(fine.rows().getFirst()).containsExactly(Cell.of("M01"), Cell.of("no re-check"), Cell.good("0.50 s"),
                Cell.open("-"), Cell.bad("survives"), Cell.good("2 s"), Cell.good("killed"));
        assertThat(fine.rows().get(1)).contains(Cell.open("expected: no effect"));

        Files.writeString(folder.resolve("mutants.json"),
                "{\"mutants\":[{\"id\":\"M01\",\"killedBy\":[],\"expected\":false}]}");
        assertThat(table("Mutants").summary().tone()).isEqualTo(Cell.Tone.BAD);
    }

    @Test
    void mutantsByHandAreCountedByPackage() throws IOException {
        Files.writeString(folder.resolve("mutants.json"), """
                {"mutants":[{"id":"M01a","killedBy":[{"checker":"unit","seconds":2}],"expected":false},
                 {"id":"M01b","killedBy":[],"expected":false},{"id":"M05","killedBy":[],"expected":true},
                 {"id":"gone","killedBy":[],"expected":true}]}""");
        Table table = table("Mutants by package");

        assertThat(table.summary().tone()).isEqualTo(Cell.Tone.BAD);
        assertThat(table.rows()).contains(List.of(Cell.of("fastpath.walk"), Cell.of(3), Cell.good("1"), Cell.bad("1"),
                Cell.open("1")));
        assertThat(table.rows()).contains(List.of(Cell.of("no longer in mutants.txt"), Cell.of(1), Cell.good("0"),
                Cell.of(""), Cell.open("1")));
    }

    @Test
    void mechanicalMutantsAreShownByPackage() throws IOException {
        String result = """
                {"classes":[{"name":"core.a.A"}],"packages":[{"name":"core.a","mutants":1200,"killed":1100,"timedOut":90,
                 "survived":10,"percent":99.1666}],"all":{"mutants":1200,"percent":99.1666},"whole":true,
                 "survivors":[{"place":"p","reason":"text","equivalent":true},{"place":"q","reason":"r"}]}""";
        Files.writeString(folder.resolve("mutants-mechanical.json"), result);
        Table fine = table("Mechanical mutants by package");

        assertThat(fine.summary())
                .isEqualTo(Cell.good("1,200 mutants of 1 classes, 99.17 % killed; 2 survive, 1 of them"
                        + " the same code, 0 without a reason"));
        assertThat(fine.rows()).containsExactly(List.of(Cell.of("core.a"), Cell.of("1,200"), Cell.of("1,100"),
                Cell.of("90"), Cell.of(""), Cell.of(""), Cell.of("10"), Cell.of(""), Cell.of(""), Cell.good("99.17")));

        Files.writeString(folder.resolve("mutants-mechanical.json"), result.replace("\"r\"", "null"));
        assertThat(table("Mechanical mutants by package").summary().tone()).isEqualTo(Cell.Tone.BAD);
        Files.writeString(folder.resolve("mutants-mechanical.json"), result.replace("99.1666", "94.9"));
        assertThat(table("Mechanical mutants by package").summary().tone()).isEqualTo(Cell.Tone.BAD);
        Files.writeString(folder.resolve("mutants-mechanical.json"), result.replace("\"whole\":true,", ""));
        assertThat(table("Mechanical mutants by package").summary().tone()).isEqualTo(Cell.Tone.OPEN);
    }

    @Test
    void aScheduleThatBreaksAnInvariantSpeaksAgainst() throws IOException {
        Files.writeString(folder.resolve("explore.json"),
                """
                {"scenarios":[{"scenario":"a","races":"R1","mode":"sc","bound":"none","runs":3,"complete":false,"good":false,
                  "violation":{"message":"I1: pinned and free"}},
                 {"scenario":"a","races":"R1","mode":"tso","bound":"none","runs":3,"complete":true,"good":false,"missing":["MET"]}]}""");

        assertThat(table("Schedules of the explorer").summary().tone()).isEqualTo(Cell.Tone.BAD);
        assertThat(table("Schedules of the explorer").rows().getFirst()).contains(Cell.bad("I1: pinned and free"),
                Cell.bad("never saw MET"));
    }

    @Test
    void aDifferenceThatNobodyExplainsSpeaksAgainst() throws IOException {
        Files.writeString(folder.resolve("conformance.json"), """
                {"kernel":"6.1","rows":[{"id":"a","verdict":"agree","expected":1,"kernel":1,"library":1,"why":""},
                 {"id":"b","verdict":"differ","expected":1,"kernel":2,"library":1,"why":"later kernels"}]}""");
        assertThat(table("The running kernel as judge").summary())
                .isEqualTo(Cell.good("kernel 6.1: {agree=1, differ=1}"));

        Files.writeString(folder.resolve("conformance.json"),
                "{\"kernel\":\"6.1\",\"rows\":[{\"id\":\"b\",\"verdict\":\"differ\"}]}");
        assertThat(table("The running kernel as judge").summary().tone()).isEqualTo(Cell.Tone.BAD);
    }

    @Test
    void schedulesAndSamplesAreAddedUpForEachRace() throws IOException {
        Files.writeString(folder.resolve("explore.json"),
                """
                {"scenarios":[{"scenario":"pin-vs-unmap","races":"R1 R7","mode":"sc","bound":"none","runs":1200,"complete":true},
                 {"scenario":"pin-vs-unmap","races":"R1 R7","mode":"tso","bound":"none","runs":300,"complete":false},
                 {"scenario":"pin-vs-unmap","races":"R1 R7","mode":"tso","bound":"3","runs":50,"complete":true},
                 {"scenario":"walk-vs-table-free","races":"R6","mode":"sc","bound":"none","runs":7,"complete":true}]}""");
        Files.writeString(folder.resolve("jcstress-totals.tsv"),
                String.join("\t", "PinVsUnmap.RealLook", "b".repeat(40),
                        "clean", "V 25", "Linux amd64", "C", "2026-11-20", "5000000", "700", "0", "run 1") + "\n");

        assertThat(table("Races").rows().getFirst()).contains(Cell.of("5,000,000"), Cell.of("1,550"));
        Table schedules = table("Schedules of the explorer");
        assertThat(schedules.summary()).isEqualTo(Cell.good("2 scenarios; 2 of 3 searches are complete without a"
                + " bound; 1,557 schedules, none that breaks an invariant"));
        assertThat(schedules.rows().getFirst()).containsExactly(Cell.of("pin-vs-unmap"), Cell.of("R1 R7"),
                Cell.good("1,200"), Cell.open("350, all with up to 3 preemptions"), Cell.open("not run"),
                Cell.open("not run"));
        assertThat(table("Samples of the race tests").rows()).hasSize(1);
    }

    // ---- the page --------------------------------------------------------------------------------------------------

    @Test
    void thePageIsWellFormedAndNeedsNothingElse() throws Exception {
        Files.writeString(folder.resolve("mutants.json"),
                "{\"mutants\":[{\"id\":\"M<1>\",\"killedBy\":[],\"expected\":false,\"title\":\"a & \\\"b\\\"\"}]}");

        String page = new EvidencePage(tables(), "today, <here>").text();

        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        var document = factory.newDocumentBuilder()
                .parse(new InputSource(new StringReader(page.replace("<!doctype html>", ""))));
        assertThat(document.getElementsByTagName("svg").getLength()).isEqualTo(1);
        assertThat(page).doesNotContain("http:", "https:", "src=", "href=", "@import", "url(").contains("M&lt;1&gt;",
                "prefers-color-scheme:dark", "SURVIVES", "missing: ");
        for (String title : tables().stream().map(Table::title).toList()) {
            assertThat(page).contains("<h2>" + title + "</h2>");
        }
    }
}

package io.pinfold.jcstress.mutants;

import io.pinfold.jcstress.mutants.mechanical.LeftOutTests;
import io.pinfold.jcstress.mutants.mechanical.RoomTests;
import io.pinfold.jcstress.mutants.mechanical.TestChoice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The unit tests that mechanical mutants are tried with. Tests whose outcome hangs on how threads meet are never among
 * them: a survivor would be one by chance. Seeded random plans are, once a room's own tests noticed nothing.
 */
final class MechanicalTests implements TestChoice {

    private final Map<String, List<String>> byModule = new LinkedHashMap<>();
    private final List<String> random;
    private final RoomTests rooms = RoomTests.load();

    MechanicalTests(Project project, MutantFile data) throws IOException {
        random = data.random();
        for (String module : Project.MODULES) {
            List<String> tests = new ArrayList<>(project.unitTests(module));
            tests.removeAll(data.leftOut());
            tests.removeAll(LeftOutTests.load().keySet());
            byModule.put(module, tests);
        }
    }

    @Override
    public Map<String, List<String>> ofRoom(String room) {
        List<String> all = new ArrayList<>();
        byModule.values().forEach(all::addAll);
        all.removeAll(random);
        List<String> chosen = rooms.of(room, all);
        Map<String, List<String>> tests = new LinkedHashMap<>();
        byModule.forEach((module, own) -> tests.put(module, own.stream().filter(chosen::contains).toList()));
        tests.values().removeIf(List::isEmpty);
        return tests;
    }

    @Override
    public Map<String, List<String>> ofModules(String room) {
        Map<String, List<String>> tests = new LinkedHashMap<>(byModule);
        String first = room.startsWith("core.") ? "core" : room.startsWith("fastpath") ? "fastpath" : "hw-model";
        Project.MODULES.subList(0, Project.MODULES.indexOf(first)).forEach(tests::remove);
        return tests;
    }
}

package io.pinfold.jcstress.mutants;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The packages that the mutants by hand change. */
public final class MutantPackages {

    private MutantPackages() {
    }

    /** By id; without {@code io.pinfold.}, each once. Mutants that cannot be expressed yet have none. */
    public static Map<String, List<String>> byId() {
        return MutantFile.load().mutants().stream().collect(Collectors.toMap(Mutant::id, MutantPackages::of));
    }

    private static List<String> of(Mutant mutant) {
        return mutant.classes().stream()
                .map(name -> name.substring("io.pinfold.".length(), name.lastIndexOf('.'))).distinct().sorted()
                .toList();
    }
}

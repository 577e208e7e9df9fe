package io.pinfold.jcstress.mutants;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A mutant: the shipping code with one defence taken away.
 *
 * @param id     M01 to M40, B1 to B20, X and K as {@code mutants.txt} says; a letter behind it marks a variant
 * @param title  the defence and its place
 * @param races  races of the catalogue
 * @param breaks the invariants it breaks
 * @param cites  the bug, the commit or the CVE that it repeats
 * @param open   the feature that the library lacks to express it; then there are no edits
 * @param expected the reason why no checker can notice; null for a mutant that has to be killed
 * @param edits  edits of the shipping code
 * @param checks the first checks of each checker; a checker that is missing cannot notice
 */
record Mutant(String id, String title, List<String> races, List<String> breaks, String cites, @Nullable String open,
        @Nullable String expected, List<Edit> edits, Map<Checker, List<String>> checks) {

    /** The id without the letter of a variant: M16 for M16b. */
    String family() {
        char last = id.charAt(id.length() - 1);
        return Character.isLetter(last) ? id.substring(0, id.length() - 1) : id;
    }

    /** The first of {@link Project#MODULES} that it changes; tests of the modules before it never run it. */
    int firstModule() {
        return edits.stream()
                .mapToInt(edit -> Project.MODULES.indexOf(edit.file().substring(0, edit.file().indexOf('/'))))
                .min().orElse(0);
    }

    /** The classes that differ from the shipping ones. */
    List<String> classes() {
        return edits.stream().map(Edit::className).distinct().toList();
    }
}

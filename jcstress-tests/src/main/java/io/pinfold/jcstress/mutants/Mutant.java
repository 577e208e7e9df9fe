package io.pinfold.jcstress.mutants;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A defence that can be taken away.
 *
 * @param id     the specification's: M01 to M40, B1 to B20; a letter behind it tells variants apart; X for our own
 * @param title  what is taken away, and where
 * @param races  of the catalogue
 * @param breaks the invariants it breaks
 * @param cites  the bug, the commit or the CVE that it repeats
 * @param open   what the library lacks to express it; then there are no edits
 * @param expected why no checker can notice; null for a mutant that has to be killed
 * @param edits  in the shipping code
 * @param checks what each checker runs first; a checker that is missing has nothing that could notice
 */
record Mutant(String id, String title, List<String> races, List<String> breaks, String cites, @Nullable String open,
        @Nullable String expected, List<Edit> edits, Map<Checker, List<String>> checks) {

    /** The switch it is a variant of: M16 for M16b. */
    String family() {
        char last = id.charAt(id.length() - 1);
        return Character.isLetter(last) ? id.substring(0, id.length() - 1) : id;
    }

    /** The first of {@link Project#MODULES} that it changes; tests of the modules before never see it. */
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

package io.pinfold.jcstress.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every mutant compiles, also after changes of the shipping code. */
class MutantsIT {

    private static final Project PROJECT = new Project(Path.of("..").toAbsolutePath().normalize());

    @TempDir
    Path folder;

    @Test
    void everyMutantCompilesToTheClassesItChanges() throws IOException {
        Planting planting = new Planting(PROJECT);
        for (Mutant mutant : MutantFile.load().mutants()) {
            if (mutant.open() != null) {
                continue;
            }
            Path classes = folder.resolve(mutant.id());
            planting.plant(mutant, classes);
            for (String name : mutant.classes()) {
                assertThat(classes.resolve(name.replace('.', '/') + ".class")).as(mutant.id()).exists();
            }
        }
    }
}

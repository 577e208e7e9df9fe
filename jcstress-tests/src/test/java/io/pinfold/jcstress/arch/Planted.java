package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;

/** Proves by a planted offender that a rule can fail. */
final class Planted {
    private Planted() {
    }

    static void breaks(ArchRule rule, Class<?> offender) {
        assertThat(rule.evaluate(new ClassFileImporter().importClasses(offender)).getFailureReport().getDetails())
                .as("what \"%s\" says about %s", rule.getDescription(), offender.getName()).isNotEmpty()
                .allSatisfy(detail -> assertThat(detail).contains(offender.getName()));
    }
}

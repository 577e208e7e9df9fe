package io.pinfold.jcstress.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.pinfold.jcstress.arch.planted.cycle.a.First;
import io.pinfold.jcstress.arch.planted.cycle.b.Second;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** core, fastpath, hw-model, jcstress-tests: each may use the modules before it and its libraries only. */
class ModuleTableTest {

    /** The seam: jcstress-tests links its own geometry, under the name of core's, into its shaded jar. */
    private static final String TINY_GEOMETRY = "io.pinfold.core.geometry.TableShape";

    private static final String[] CORE_USES = {"io.pinfold.core..", "java..", "jdk.jfr..", "org.jspecify.."};
    private static final String[] FASTPATH_USES = {"io.pinfold.fastpath..", "io.pinfold.core..", "java..", "jdk.jfr..",
            "org.jspecify.."};
    private static final String[] HW_MODEL_USES = {"io.pinfold.hwmodel..", "io.pinfold.fastpath..", "io.pinfold.core..",
            "java..", "jdk.jfr..", "org.jspecify..", "org.agrona..", "org.jctools.queues.varhandle..", "picocli..",
            "com.fasterxml.jackson..", "org.apache.commons.math3.stat..", "org.HdrHistogram.."};

    @Test
    void coreKnowsOnlyTheJdk() {
        onlyUses(CORE_USES).check(Modules.CORE.classes());
    }

    @Test
    void fastpathKnowsCore() {
        onlyUses(FASTPATH_USES).check(Modules.FASTPATH.classes());
    }

    @Test
    void hwModelKnowsCoreFastpathAndItsLibraries() {
        onlyUses(HW_MODEL_USES).check(Modules.HW_MODEL.classes());
    }

    @Test
    void aModuleThatUsesMoreIsNoticed() {
        Planted.breaks(onlyUses(CORE_USES), First.class);
        assertThat(onlyUses(CORE_USES).evaluate(Modules.FASTPATH.classes()).hasViolation()).isTrue();
        assertThat(onlyUses(FASTPATH_USES).evaluate(Modules.HW_MODEL.classes()).hasViolation()).isTrue();
    }

    @Test
    void noPackageIsSplit() {
        for (Modules module : Modules.values()) {
            assertThat(module.classes()).as("classes of %s", module)
                    .filteredOn(type -> module != Modules.JCSTRESS_TESTS || !type.getName().equals(TINY_GEOMETRY))
                    .allSatisfy(type -> assertThat(type.getPackageName() + ".").startsWith(module.basePackage + "."));
        }
    }

    @Test
    void thePackagesOfCoreAreFreeOfCycles() {
        slices().matching("io.pinfold.core.(**)").should().beFreeOfCycles().check(Modules.CORE.classes());
    }

    @Test
    void aCycleIsNoticed() {
        assertThat(slices().matching("io.pinfold.jcstress.arch.planted.cycle.(*)..").should().beFreeOfCycles()
                .evaluate(new ClassFileImporter().importClasses(First.class, Second.class)).hasViolation()).isTrue();
    }

    @Test
    void everyPackageSaysWhatItIsForAndThatNothingIsNull() {
        for (Modules module : Modules.values()) {
            Map<String, JavaPackage> packages = new TreeMap<>();
            module.classes().stream().filter(type -> !type.getName().equals(TINY_GEOMETRY) || module == Modules.CORE)
                    .forEach(type -> packages.put(type.getPackageName(), type.getPackage()));
            assertThat(packages.values()).as("packages of %s", module).isNotEmpty()
                    .allSatisfy(found -> assertThat(found.isAnnotatedWith(NullMarked.class))
                            .as("%s has a package-info.java with @NullMarked", found.getName()).isTrue());
        }
        JavaPackage bare = new ClassFileImporter().importClasses(First.class).get(First.class).getPackage();
        assertThat(bare.isAnnotatedWith(NullMarked.class)).as("the planted package has none").isFalse();
    }

    private static ArchRule onlyUses(String... packages) {
        return classes().should().onlyDependOnClassesThat().resideInAnyPackage(withPrimitives(packages));
    }

    private static String[] withPrimitives(String[] packages) {
        List<String> all = new ArrayList<>(List.of(packages));
        all.add(""); // primitives and their arrays live in no package
        return all.toArray(String[]::new);
    }
}

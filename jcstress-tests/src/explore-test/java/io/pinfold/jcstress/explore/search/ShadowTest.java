package io.pinfold.jcstress.explore.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pinfold.core.words.Words;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.attribute.ConstantValueAttribute;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The explored classes replace those of core, and have the same signatures. */
class ShadowTest {
    private static final String PACKAGE = "io/pinfold/core/words/";

    @Test
    void theExploredWordsAreInThePath() {
        assertThat(Words.class.getProtectionDomain().getCodeSource().getLocation().getPath()).contains("/explore/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Words", "Waits", "Mutex", "SharedMutex"})
    void allFormsOfAClassHaveTheSamePublicSignatures(String name) throws Exception {
        SortedSet<String> shipping = signatures(target("core/target/classes", name));
        Path explored = Path.of(Words.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                .resolve(PACKAGE + name + ".class");

        assertThat(shipping).isNotEmpty();
        assertThat(signatures(explored)).isEqualTo(shipping);
    }

    @Test
    void theCheckedWordsHaveTheSamePublicSignatures() throws Exception {
        Path checked = target("core/target/checked", "Words");
        assumeThat(checked).as("core's tests are compiled").exists();

        assertThat(signatures(checked)).isNotEmpty().isEqualTo(signatures(target("core/target/classes", "Words")));
    }

    /** The build runs in the module's folder or in the project's. */
    private static Path target(String folder, String name) {
        Path here = Path.of("").toAbsolutePath();
        Path home = Files.isDirectory(here.resolve("core")) ? here : here.getParent();
        return home.resolve(folder).resolve(PACKAGE + name + ".class");
    }

    private static SortedSet<String> signatures(Path file) throws IOException {
        ClassModel model = ClassFile.of().parse(file);
        SortedSet<String> signatures = new TreeSet<>();
        model.methods().stream().filter(method -> method.flags().has(AccessFlag.PUBLIC))
                .forEach(method -> signatures.add((method.flags().has(AccessFlag.STATIC) ? "static " : "")
                        + method.methodName().stringValue() + method.methodType().stringValue()));
        model.fields().stream().filter(field -> field.flags().has(AccessFlag.PUBLIC)).forEach(field -> {
            Optional<ConstantValueAttribute> constant = field.findAttribute(Attributes.constantValue());
            signatures.add(field.fieldName().stringValue() + " " + field.fieldType().stringValue() + " = "
                    + constant.map(value -> value.constant().constantValue()));
        });
        return signatures;
    }
}

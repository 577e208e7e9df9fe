package io.pinfold.core.words;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.AccessFlags;
import java.lang.classfile.ClassFile;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The classes of checked memory that stand in the place of core's: product code finds in them what it was compiled
 * against.
 */
class CheckedFormTest {
    private static final Path SHIPPING = Path.of("target", "classes");
    private static final Path CHECKED = Path.of("target", "checked");

    @Test
    void replacedClassesHaveTheSameSignatures() throws IOException {
        for (Path file : replaced()) {
            assertThat(visibleMembers(CHECKED.resolve(file))).as("%s", file)
                    .isEqualTo(visibleMembers(SHIPPING.resolve(file)));
        }
    }

    /** Nothing else of core is shadowed, so everything else under test is what ships. */
    @Test
    void noOtherClassIsReplaced() throws IOException {
        assertThat(replaced()).extracting(file -> file.getFileName().toString())
                .containsExactlyInAnyOrder("Words.class", "Reservation.class", "ControlMemory.class",
                        "Mutex.class", "Mutex$Lock.class", "SharedMutex.class", "SharedMutex$Named.class",
                        "HoldLedger.class");
    }

    private static Set<Path> replaced() throws IOException {
        try (Stream<Path> files = Files.walk(CHECKED)) {
            Set<Path> replaced = files.filter(Files::isRegularFile).map(CHECKED::relativize)
                    .filter(file -> Files.exists(SHIPPING.resolve(file))).collect(Collectors.toSet());
            assertThat(replaced).isNotEmpty();
            return replaced;
        }
    }

    /** Public members of a public class; of another class, what its package calls. */
    private static Set<String> visibleMembers(Path file) throws IOException {
        var model = ClassFile.of().parse(file);
        boolean isPublic = model.flags().has(AccessFlag.PUBLIC);
        var methods = model.methods().stream()
                .filter(method -> isVisible(method.flags(), isPublic) && !method.methodName().equalsString("<clinit>"))
                .map(method -> method.flags().flagsMask() + " " + method.methodName() + method.methodType());
        var fields = model.fields().stream().filter(field -> isVisible(field.flags(), isPublic))
                .map(field -> field.flags().flagsMask() + " " + field.fieldName() + field.fieldType());
        var type = Stream.of(model.flags().flagsMask() + " " + model.thisClass().asInternalName() + " "
                + model.superclass());
        return Stream.of(type, methods, fields).flatMap(members -> members).collect(Collectors.toSet());
    }

    private static boolean isVisible(AccessFlags flags, boolean isPublic) {
        return isPublic ? flags.has(AccessFlag.PUBLIC)
                : !flags.has(AccessFlag.PRIVATE) && !flags.has(AccessFlag.SYNTHETIC);
    }
}

package io.pinfold.jcstress.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.pinfold.core.pgtable.Geometry;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The tiny geometry differs from core's in its figures only. */
class TinyGeometryTest {
    private static final String RESOURCE = "io/pinfold/core/geometry/TableShape.class";

    @Test
    void hasTheSignaturesOfTheOneItReplaces() throws IOException {
        List<URL> both = Collections.list(TinyGeometry.tableShape().getClassLoader().getResources(RESOURCE));

        assertThat(both).as("core's table shape and the tiny one on one class path").hasSize(2);
        assertThat(members(both.get(0))).isEqualTo(members(both.get(1))).isNotEmpty();
    }

    @Test
    void isTheOneThatIsLoaded() {
        assertThatCode(TinyGeometry::require).doesNotThrowAnyException();
    }

    @Test
    void coversAddressesWithoutGapsOrOverlaps() {
        assertThat(Geometry.ENTRIES).isEqualTo(4);
        assertThat(Geometry.levelShift(0)).isEqualTo(Geometry.PAGE_SHIFT);
        for (int level = 1; level < Geometry.LEVELS; level++) {
            assertThat(Geometry.levelBytes(level)).isEqualTo(Geometry.levelBytes(level - 1) * Geometry.ENTRIES);
        }
        for (long address = 0; address < Geometry.USER_END; address += Geometry.PAGE_BYTES) {
            long rebuilt = 0;
            for (int level = 0; level < Geometry.LEVELS; level++) {
                rebuilt += (long) Geometry.index(address, level) << Geometry.levelShift(level);
            }
            assertThat(rebuilt).isEqualTo(address);
        }
    }

    @Test
    void leavesRoomForWhatTheMachinesMap() {
        assertThat(Geometry.isUserRange(Machine.BASE, Geometry.ENTRIES * Machine.PAGE)).isTrue();
        assertThat(Geometry.index(Machine.BASE, Geometry.PTE)).isZero();
    }

    private static TreeSet<String> members(URL type) throws IOException {
        List<String> members = new ArrayList<>();
        try (InputStream bytes = type.openStream()) {
            ClassModel model = ClassFile.of().parse(bytes.readAllBytes());
            model.fields().forEach(field -> members.add(
                    field.flags().flagsMask() + " " + field.fieldName() + " " + field.fieldType()));
            model.methods().stream().filter(method -> !method.methodName().stringValue().startsWith("lambda$"))
                    .forEach(method -> members
                            .add(method.flags().flagsMask() + " " + method.methodName() + " " + method.methodType()));
        }
        return new TreeSet<>(members);
    }
}

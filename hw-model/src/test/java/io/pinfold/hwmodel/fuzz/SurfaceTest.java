package io.pinfold.hwmodel.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Executable;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The fuzzer calls every public method, or names the reason why not. */
class SurfaceTest {
    private final Calls calls = new Calls();

    @Test
    void everyPublicMethodHasAGeneratorOrAReason() {
        List<String> missing = new ArrayList<>();
        for (Class<?> type : Surface.types()) {
            if (LeftOut.isLeftOut(type)) {
                continue;
            }
            for (Executable member : Surface.members(type)) {
                if (!calls.has(Surface.key(member)) && !LeftOut.isLeftOut(member)) {
                    missing.add(Surface.key(member));
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void whatIsLeftOutExistsAndIsNotCalledAllTheSame() {
        List<Class<?>> types = Surface.types();
        for (String name : LeftOut.types().keySet()) {
            assertThat(types).as(name).anyMatch(type -> name.endsWith(".") ? name.equals(type.getPackageName() + ".")
                    : Surface.name(type).equals(name));
        }
        assertThat(calls.types()).noneMatch(LeftOut::isLeftOut);
    }

    @Test
    void theSurfaceIsFound() {
        assertThat(Surface.types()).hasSizeGreaterThan(100);
        assertThat(calls.all()).hasSizeGreaterThan(300);
    }

    @Test
    void namesOfParametersAreFound() {
        assertThat(ParameterNames.of(calls.of("AddressSpace.munmap(long,long)").member)).containsExactlyInAnyOrder(
                "address",
                "bytes");
        assertThat(ParameterNames.of(calls.of("GupSession.open(PhysicalMemory)").member)).containsExactly("memory");
        assertThat(ParameterNames.of(calls.of("DevPagemaps.findFree(long,long)").member)).as("of an interface")
                .containsExactlyInAnyOrder("frames", "alignment");
    }
}

package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.arch.planted.TakesPagemaps;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * No call takes an object of the library that users could have implemented themselves, except callbacks: the library
 * would cast it to a class of its own, and their object would end in a ClassCastException. An interface cannot be
 * sealed to a class of another package, because that does not compile on the class path.
 */
class ForeignTypesTest {
    /** What users are meant to implement. */
    private static final Set<String> CALLBACKS = Set.of("io.pinfold.core.device.DevPagemapOps",
            "io.pinfold.core.mm.DeviceFrames");

    /** The calls of a type that take what users could have implemented. */
    private static List<String> offenders(Class<?> type) throws ClassNotFoundException {
        List<String> offenders = new ArrayList<>();
        List<Executable> calls = new ArrayList<>(List.of(type.getDeclaredConstructors()));
        calls.addAll(List.of(type.getDeclaredMethods()));
        for (Executable call : calls) {
            for (Type parameter : Modifier.isPublic(call.getModifiers()) ? call.getGenericParameterTypes()
                    : new Type[0]) {
                for (String name : ofLibrary(parameter)) {
                    if (!CALLBACKS.contains(name) && isOpen(Class.forName(name))) {
                        offenders.add(call.toGenericString());
                    }
                }
            }
        }
        return offenders;
    }

    private static List<String> ofLibrary(Type type) {
        return Stream.of(type.getTypeName().split("[<>, \\[\\]?&]+")).filter(name -> name.startsWith("io.pinfold."))
                .toList();
    }

    private static boolean isOpen(Class<?> type) {
        boolean isExtensible = !Modifier.isFinal(type.getModifiers()) && !type.isSealed();
        return isExtensible && (type.isInterface() || Arrays.stream(type.getDeclaredConstructors())
                .map(Constructor::getModifiers).anyMatch(at -> Modifier.isPublic(at) || Modifier.isProtected(at)));
    }

    @Test
    void noCallTakesWhatUsersCouldHaveImplemented() throws ClassNotFoundException {
        List<String> offenders = new ArrayList<>();
        int callbacks = 0;
        for (Class<?> type : DoorTest.publicTypes()) {
            if (CALLBACKS.contains(type.getName())) {
                callbacks++; // called by the library, with objects of its own
            } else {
                offenders.addAll(offenders(type));
            }
        }
        assertThat(offenders).isEmpty();
        assertThat(callbacks).isEqualTo(CALLBACKS.size());
    }

    @Test
    void aCallThatTakesAnOpenTypeIsNoticed() throws ClassNotFoundException {
        assertThat(offenders(TakesPagemaps.class)).hasSize(2);
    }
}

package io.pinfold.hwmodel.fuzz;

import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.fastpath.GupSession;
import io.pinfold.hwmodel.dma.DmaEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The public API as reflection finds it in the classes of core, fastpath and hw-model: every public type, every public
 * method of it.
 */
final class Surface {
    private Surface() {
    }

    /** All public types of the three modules that can be reached through public types. */
    static List<Class<?>> types() {
        List<Class<?>> types = new ArrayList<>();
        for (Class<?> one : List.of(PhysicalMemory.class, GupSession.class, DmaEngine.class)) {
            for (String name : classNames(one)) {
                Class<?> type = load(name);
                if (isPublic(type)) {
                    types.add(type);
                }
            }
        }
        return types;
    }

    /** The public methods and constructors that a type declares, without what the compiler adds. */
    static List<Executable> members(Class<?> type) {
        List<Executable> members = new ArrayList<>();
        for (Method method : type.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic() && !isOfEnum(type, method)) {
                members.add(method);
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (Modifier.isPublic(constructor.getModifiers())) {
                members.add(constructor);
            }
        }
        members.sort((a, b) -> key(a).compareTo(key(b)));
        return members;
    }

    /** {@code Type.method(Parameter,Parameter)} by simple names; constructors are called {@code new}. */
    static String key(Executable member) {
        return name(member.getDeclaringClass()) + "." + signature(member);
    }

    static String signature(Executable member) {
        String parameters = Arrays.stream(member.getParameterTypes()).map(Class::getSimpleName)
                .collect(Collectors.joining(","));
        return (member instanceof Constructor ? "new" : member.getName()) + "(" + parameters + ")";
    }

    /** What users know objects of a class as: an internal class goes by the interface that it implements. */
    static Class<?> shown(Class<?> type) {
        return LeftOut.isLeftOut(type) && type.getInterfaces().length == 1 ? type.getInterfaces()[0] : type;
    }

    static String name(Class<?> type) {
        Class<?> outer = type.getEnclosingClass();
        return outer == null ? type.getSimpleName() : name(outer) + "." + type.getSimpleName();
    }

    private static boolean isOfEnum(Class<?> type, Method method) {
        return type.isEnum() && (method.getName().equals("values") || method.getName().equals("valueOf"));
    }

    private static boolean isPublic(Class<?> type) {
        return Modifier.isPublic(type.getModifiers()) && !type.isSynthetic() && !type.isAnonymousClass()
                && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, Surface.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(name, e);
        }
    }

    /**
     * Names of the classes in the same place as {@code one}: in a folder while the reactor tests, in a jar after it.
     */
    private static List<String> classNames(Class<?> one) {
        try {
            Path folder = Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (Files.isDirectory(folder)) {
                return classNamesUnder(folder);
            }
            try (FileSystem jar = FileSystems.newFileSystem(folder)) {
                return classNamesUnder(jar.getPath("/"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> classNamesUnder(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file -> root.relativize(file).toString())
                    .filter(file -> file.startsWith("io/pinfold/") && file.endsWith(".class")
                            && !file.endsWith("package-info.class"))
                    .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.')).sorted()
                    .toList();
        }
    }
}

package io.pinfold.hwmodel.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Names of parameters, from the tables of local variables that the compiler leaves for debuggers. */
final class ParameterNames {
    private static final Map<Executable, Set<String>> KNOWN = new ConcurrentHashMap<>();

    private ParameterNames() {
    }

    static Set<String> of(Executable member) {
        return KNOWN.computeIfAbsent(member, ParameterNames::ofAny);
    }

    /** The compiler leaves no table for an abstract method, but one for each method that implements it. */
    private static Set<String> ofAny(Executable member) {
        Set<String> names = read(member);
        if (Modifier.isAbstract(member.getModifiers())) {
            for (Class<?> type : Surface.types()) {
                for (Method method : type.getDeclaredMethods()) {
                    if (member.getDeclaringClass().isAssignableFrom(type) && !method.isBridge()
                            && Surface.signature(method).equals(Surface.signature(member))) {
                        names.addAll(read(method));
                    }
                }
            }
        }
        return names;
    }

    private static Set<String> read(Executable member) {
        Class<?> type = member.getDeclaringClass();
        String file = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
        Set<String> names = new HashSet<>();
        try (InputStream bytes = type.getResourceAsStream(file)) {
            ClassModel model = ClassFile.of().parse(bytes.readAllBytes());
            for (MethodModel method : model.methods()) {
                if (method.methodName().stringValue()
                        .equals(member instanceof Constructor ? "<init>" : member.getName())
                        && method.methodTypeSymbol().equals(descriptor(member))) {
                    addNames(method, member, names);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }

    private static MethodTypeDesc descriptor(Executable member) {
        Class<?> returned = member instanceof Method method ? method.getReturnType() : void.class;
        return MethodType.methodType(returned, member.getParameterTypes()).describeConstable().orElseThrow();
    }

    private static void addNames(MethodModel method, Executable member, Set<String> names) {
        int end = Modifier.isStatic(member.getModifiers()) ? 0 : 1;
        for (Class<?> parameter : member.getParameterTypes()) {
            end += parameter == long.class || parameter == double.class ? 2 : 1;
        }
        int slots = end;
        method.code().flatMap(code -> code.findAttribute(Attributes.localVariableTable()))
                .ifPresent(table -> table.localVariables().stream()
                        .filter(variable -> variable.slot() < slots && !variable.name().equalsString("this"))
                        .forEach(variable -> names.add(variable.name().stringValue())));
    }
}

package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.search.Site;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The ordinal of a call among the calls of the same kind in its method, from the class files: changes of comments,
 * other statements and other methods do not alter it.
 */
final class CallOrdinals {
    private static final String WORDS = "io/pinfold/core/words/";

    private final Map<String, ClassModel> classes = new HashMap<>();

    /**
     * The ordinal of an access, such as {@code #2} on the second of the method's lines, overloads included, that access
     * a word.
     */
    String access(Site site) {
        return ordinal(site, call -> call.owner().asInternalName().startsWith(WORDS));
    }

    /**
     * The ordinal of a call, such as {@code #2} on the second of the method's lines, overloads included, that call a
     * method of such a name.
     */
    String call(Site site, String callee) {
        return ordinal(site, call -> call.name().equalsString(callee));
    }

    /** The ordinal of a call that the class file does not show, such as one by a lambda, is its line. */
    private String ordinal(Site site, Predicate<InvokeInstruction> isSameKind) {
        TreeSet<Integer> lines = new TreeSet<>();
        TreeSet<Integer> all = new TreeSet<>();
        for (MethodModel method : classes.computeIfAbsent(site.className(), CallOrdinals::read).methods()) {
            if (method.methodName().equalsString(site.method())) {
                collect(method, isSameKind, lines, all);
            }
        }
        return lines.contains(site.line()) ? "#" + lines.headSet(site.line(), true).size()
                : "+" + all.headSet(site.line(), false).size();
    }

    private static void collect(MethodModel method, Predicate<InvokeInstruction> isSameKind, TreeSet<Integer> lines,
            TreeSet<Integer> all) {
        method.code().filter(code -> code.findAttribute(Attributes.lineNumberTable()).isPresent()).ifPresent(code -> {
            int line = 0;
            for (CodeElement element : code) {
                if (element instanceof LineNumber number) {
                    line = number.line();
                    all.add(line);
                } else if (element instanceof InvokeInstruction call && isSameKind.test(call)) {
                    lines.add(line);
                }
            }
        });
    }

    private static ClassModel read(String className) {
        String resource = "/" + className.replace('.', '/') + ".class";
        try (InputStream in = CallOrdinals.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no class file of " + className);
            }
            return ClassFile.of().parse(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.pinfold.jcstress.explore.weaken;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.LineNumberInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** First lines of methods, from their class files: a line counted from there stays the same when other methods change. */
final class MethodLines {
    private final Map<String, ClassModel> classes = new HashMap<>();

    /** How many lines after the first of its method a line is. */
    int offset(String className, String method, int line) {
        int best = 0;
        for (MethodModel each : classes.computeIfAbsent(className, MethodLines::read).methods()) {
            if (each.methodName().equalsString(method)) {
                int first = firstUpTo(each, line);
                best = Math.max(best, first);
            }
        }
        return line - best;
    }

    /** The first line of a method if the given one is not before it, or 0. */
    private static int firstUpTo(MethodModel method, int line) {
        return method.code().flatMap(code -> code.findAttribute(Attributes.lineNumberTable())).map(table -> {
            List<LineNumberInfo> lines = table.lineNumbers();
            int first = lines.stream().mapToInt(LineNumberInfo::lineNumber).min().orElse(0);
            return first <= line ? first : 0;
        }).orElse(0);
    }

    private static ClassModel read(String className) {
        String resource = "/" + className.replace('.', '/') + ".class";
        try (InputStream in = MethodLines.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no class file of " + className);
            }
            return ClassFile.of().parse(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.pinfold.jcstress.explore.search;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A copy of the fields and arrays of all objects reachable from one, so that every run begins with the same heap, also
 * after an abandoned run. Objects of the library, of scenarios and of the JDK's collections and locks are covered;
 * static fields are not.
 */
final class HeapSnapshot {
    private static final List<String> OPENED = List.of("java.util", "java.util.concurrent",
            "java.util.concurrent.atomic", "java.util.concurrent.locks");
    private static final String UNSAFE = "jdk.internal.misc.Unsafe";
    private static final MethodHandle OFFSET = unsafe("objectFieldOffset",
            MethodType.methodType(long.class, Field.class));
    private static final MethodHandle GET_LONG = unsafe("getLong", get(long.class));
    private static final MethodHandle GET_INT = unsafe("getInt", get(int.class));
    private static final MethodHandle GET_SHORT = unsafe("getShort", get(short.class));
    private static final MethodHandle GET_BYTE = unsafe("getByte", get(byte.class));
    private static final MethodHandle GET_REFERENCE = unsafe("getReference", get(Object.class));
    private static final MethodHandle PUT_LONG = unsafe("putLong", put(long.class));
    private static final MethodHandle PUT_INT = unsafe("putInt", put(int.class));
    private static final MethodHandle PUT_SHORT = unsafe("putShort", put(short.class));
    private static final MethodHandle PUT_BYTE = unsafe("putByte", put(byte.class));
    private static final MethodHandle PUT_REFERENCE = unsafe("putReference", put(Object.class));

    private final List<Object> arrays = new ArrayList<>();
    private final List<Object> copies = new ArrayList<>();
    private Object[] owners = new Object[256];
    private long[] offsets = new long[256];
    private byte[] sizes = new byte[256];
    private long[] values = new long[256];
    private Object[] references = new Object[256];
    private int fields;

    /** Copies everything reachable from an object. */
    HeapSnapshot(Object root) {
        Set<Object> met = Collections.newSetFromMap(new IdentityHashMap<>());
        ArrayDeque<Object> open = new ArrayDeque<>();
        met.add(root);
        open.add(root);
        try {
            while (!open.isEmpty()) {
                Object object = open.remove();
                if (object.getClass().isArray()) {
                    takeArray(object, met, open);
                } else {
                    for (Class<?> c = object.getClass(); c != null; c = c.getSuperclass()) {
                        takeFields(object, c, met, open);
                    }
                }
            }
        } catch (Throwable t) {
            throw new LinkageError("the heap cannot be remembered", t);
        }
    }

    /** Restores the copy. */
    void restore() {
        try {
            for (int i = 0; i < fields; i++) {
                switch (sizes[i]) {
                    case 0 -> PUT_REFERENCE.invokeExact(owners[i], offsets[i], references[i]);
                    case 1 -> PUT_BYTE.invokeExact(owners[i], offsets[i], (byte) values[i]);
                    case 2 -> PUT_SHORT.invokeExact(owners[i], offsets[i], (short) values[i]);
                    case 4 -> PUT_INT.invokeExact(owners[i], offsets[i], (int) values[i]);
                    default -> PUT_LONG.invokeExact(owners[i], offsets[i], values[i]);
                }
            }
        } catch (Throwable t) {
            throw new LinkageError("the heap cannot be restored", t);
        }
        for (int i = 0; i < arrays.size(); i++) {
            Object array = arrays.get(i);
            System.arraycopy(copies.get(i), 0, array, 0, Array.getLength(array));
        }
    }

    private void takeArray(Object array, Set<Object> met, ArrayDeque<Object> open) {
        int length = Array.getLength(array);
        Object copy = Array.newInstance(array.getClass().getComponentType(), length);
        System.arraycopy(array, 0, copy, 0, length);
        arrays.add(array);
        copies.add(copy);
        if (array instanceof Object[] elements) {
            for (Object element : elements) {
                meet(element, met, open);
            }
        }
    }

    private void takeFields(Object object, Class<?> declaring, Set<Object> met, ArrayDeque<Object> open)
            throws Throwable {
        for (Field field : declaring.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                continue;
            }
            Class<?> type = field.getType();
            if (Modifier.isFinal(field.getModifiers())) {
                if (!type.isPrimitive()) {
                    field.setAccessible(true);
                    meet(field.get(object), met, open);
                }
                continue;
            }
            room();
            long offset = (long) OFFSET.invokeExact(field);
            owners[fields] = object;
            offsets[fields] = offset;
            if (!type.isPrimitive()) {
                Object value = (Object) GET_REFERENCE.invokeExact(object, offset);
                references[fields] = value;
                meet(value, met, open);
            } else if (type == long.class || type == double.class) {
                sizes[fields] = 8;
                values[fields] = (long) GET_LONG.invokeExact(object, offset);
            } else if (type == int.class || type == float.class) {
                sizes[fields] = 4;
                values[fields] = (int) GET_INT.invokeExact(object, offset);
            } else if (type == short.class || type == char.class) {
                sizes[fields] = 2;
                values[fields] = (short) GET_SHORT.invokeExact(object, offset);
            } else {
                sizes[fields] = 1;
                values[fields] = (byte) GET_BYTE.invokeExact(object, offset);
            }
            fields++;
        }
    }

    private static void meet(@Nullable Object object, Set<Object> met, ArrayDeque<Object> open) {
        if (object != null && isCovered(object) && met.add(object)) {
            open.add(object);
        }
    }

    private static boolean isCovered(Object object) {
        Class<?> type = object.getClass();
        if (type.isArray()) {
            return true;
        }
        if (object instanceof Enum || object instanceof Strand || object instanceof Search) {
            return false;
        }
        String name = type.getName();
        return !name.startsWith("java.") && !name.startsWith("jdk.") && !name.startsWith("sun.")
                || OPENED.contains(type.getPackageName());
    }

    private void room() {
        if (fields == owners.length) {
            owners = Arrays.copyOf(owners, 2 * fields);
            offsets = Arrays.copyOf(offsets, 2 * fields);
            sizes = Arrays.copyOf(sizes, 2 * fields);
            values = Arrays.copyOf(values, 2 * fields);
            references = Arrays.copyOf(references, 2 * fields);
        }
    }

    private static MethodType get(Class<?> type) {
        return MethodType.methodType(type, Object.class, long.class);
    }

    private static MethodType put(Class<?> type) {
        return MethodType.methodType(void.class, Object.class, long.class, type);
    }

    /**
     * A method of the JDK's internal class for raw field access; java.lang is open to the explorer, so it can open the
     * rest.
     */
    private static MethodHandle unsafe(String name, MethodType type) {
        try {
            Method open = Module.class.getDeclaredMethod("implAddOpensToAllUnnamed", String.class);
            open.setAccessible(true);
            open.invoke(Object.class.getModule(), "jdk.internal.misc");
            for (String collections : OPENED) {
                open.invoke(Object.class.getModule(), collections);
            }
            Class<?> unsafe = Class.forName(UNSAFE);
            Object instance = unsafe.getMethod("getUnsafe").invoke(null);
            return MethodHandles.lookup().findVirtual(unsafe, name, type).bindTo(instance);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the explorer needs --add-opens java.base/java.lang=ALL-UNNAMED and a JDK like 25",
                    e);
        }
    }
}

package io.pinfold.jcstress.explore.scenario;

import io.pinfold.core.words.Align;
import java.lang.reflect.Field;

/**
 * Reads private fields of the product: the addresses of words, so that a trace can name them, and the lock that an
 * opponent takes as the real mutator would.
 */
final class Peek {
    private Peek() {
    }

    /** Follows private fields by name; the last one is a number. */
    static long number(Object from, String... fields) {
        return (long) follow(from, fields);
    }

    /** Follows private fields by name; the last one holds the number of a word. */
    static long word(Object from, String... fields) {
        return Align.wordAddress(number(from, fields));
    }

    /** Follows private fields by name; the last one is an object. */
    static Object object(Object from, String... fields) {
        return follow(from, fields);
    }

    private static Object follow(Object from, String... fields) {
        Object at = from;
        try {
            for (String name : fields) {
                Field field = field(at.getClass(), name);
                field.setAccessible(true);
                at = field.get(at);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the product has no field " + String.join(".", fields) + " any more", e);
        }
        return at;
    }

    private static Field field(Class<?> type, String name) throws NoSuchFieldException {
        for (Class<?> each = type; each != Object.class; each = each.getSuperclass()) {
            for (Field field : each.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    return field;
                }
            }
        }
        throw new NoSuchFieldException(name);
    }
}

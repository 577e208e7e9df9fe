package io.pinfold.hwmodel.cli;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes one JSON object, members in the order they are put. Values: null, numbers, booleans, strings, maps, collections
 * and nested {@code Json}.
 */
public final class Json {

    private final StringBuilder members = new StringBuilder();

    /** An empty object. */
    public Json() {
    }

    /** Adds a member. */
    public Json put(String name, @Nullable Object value) {
        if (!members.isEmpty()) {
            members.append(',');
        }
        string(members, name);
        members.append(':');
        value(members, value);
        return this;
    }

    private static void value(StringBuilder out, @Nullable Object value) {
        switch (value) {
            case null -> out.append("null");
            case Json nested -> out.append(nested);
            case Map<?, ?> map -> {
                Json object = new Json();
                map.forEach((name, member) -> object.put(String.valueOf(name), member));
                out.append(object);
            }
            case Collection<?> items -> {
                String separator = "[";
                for (Object item : items) {
                    out.append(separator);
                    value(out, item);
                    separator = ",";
                }
                out.append(items.isEmpty() ? "[]" : "]");
            }
            case Double number -> out.append(
                    Double.isFinite(number) ? String.format(Locale.ROOT, "%.6f", number) : "null");
            case Number number -> out.append(number);
            case Boolean truth -> out.append(truth);
            default -> string(out, String.valueOf(value));
        }
    }

    private static void string(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c == 0x7f || Character.isSurrogate(c)) {
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    /** The object on one line. */
    @Override
    public String toString() {
        return "{" + members + "}";
    }
}

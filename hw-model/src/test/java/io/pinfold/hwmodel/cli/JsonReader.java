package io.pinfold.hwmodel.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads one JSON value, strictly enough to find out whether it is one. Members keep their order. */
final class JsonReader {

    private final String text;
    private int at;

    private JsonReader(String text) {
        this.text = text;
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(String text) {
        JsonReader reader = new JsonReader(text);
        Object value = reader.value();
        reader.space();
        if (reader.at != text.length()) {
            throw new AssertionError("text after the JSON value: " + text.substring(reader.at));
        }
        return (Map<String, Object>) value;
    }

    private Object value() {
        space();
        switch (text.charAt(at)) {
            case '{' -> {
                Map<String, Object> members = new LinkedHashMap<>();
                for (at++; !closes('}');) {
                    space();
                    String name = string();
                    expect(':');
                    if (members.put(name, value()) != null) {
                        throw new AssertionError("twice: " + name);
                    }
                }
                return members;
            }
            case '[' -> {
                List<Object> items = new ArrayList<>();
                for (at++; !closes(']');) {
                    items.add(value());
                }
                return items;
            }
            case '"' -> {
                return string();
            }
            default -> {
                int start = at;
                while (at < text.length() && "+-.eE".indexOf(text.charAt(at)) >= 0
                        || at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
                    at++;
                }
                String word = text.substring(start, at);
                return switch (word) {
                    case "true" -> true;
                    case "false" -> false;
                    default -> Double.valueOf(word);
                };
            }
        }
    }

    /** After a member or item: at the end of the list, or past the comma before the next. */
    private boolean closes(char end) {
        space();
        char c = text.charAt(at);
        if (c == end) {
            at++;
            return true;
        }
        if (c == ',') {
            at++;
        }
        return false;
    }

    private void expect(char c) {
        space();
        if (text.charAt(at++) != c) {
            throw new AssertionError("expected " + c + " at " + (at - 1) + " of " + text);
        }
    }

    private String string() {
        expect('"');
        StringBuilder value = new StringBuilder();
        for (char c = text.charAt(at++); c != '"'; c = text.charAt(at++)) {
            if (c != '\\') {
                value.append(c);
                continue;
            }
            char escaped = text.charAt(at++);
            if (escaped == 'u') {
                value.append((char) Integer.parseInt(text.substring(at, at + 4), 16));
                at += 4;
            } else {
                value.append(escaped);
            }
        }
        return value.toString();
    }

    private void space() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }
}

package io.pinfold.hwmodel.cli;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object, members in the order they are put. Values: null, numbers, booleans, strings, maps, collections and
 * nested {@code Json}. A number that is not finite is written as null, because JSON cannot express it.
 */
public final class Json {

    /**
     * The last character that is written unescaped. A surrogate without its partner would not survive UTF-8, so
     * surrogates and all characters above are written as escapes.
     */
    private static final int HIGHEST_BARE = 0xd7ff;
    private static final JSON LIBRARY = JSON
            .builder(new JsonFactoryBuilder().highestNonEscapedChar(HIGHEST_BARE).build())
            .enable(JSON.Feature.WRITE_NULL_PROPERTIES).build();

    private final Map<String, @Nullable Object> members = new LinkedHashMap<>();

    /** An empty object. */
    public Json() {
    }

    /**
     * Reads a text into maps, lists, strings, longs (whole numbers), doubles, booleans and nulls. Members keep their
     * order.
     *
     * @throws IllegalArgumentException naming the first place that is not JSON
     */
    public static @Nullable Object read(String text) {
        try (JsonParser parser = LIBRARY.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new IllegalArgumentException("not JSON: there is no value");
            }
            Object value = LIBRARY.anyFrom(parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("not JSON: text after the value, at character "
                        + parser.currentTokenLocation().getCharOffset());
            }
            return withLongs(value);
        } catch (IOException e) {
            throw new IllegalArgumentException("not JSON: " + e.getMessage(), e);
        }
    }

    /**
     * Reads a text that holds an object.
     *
     * @throws IllegalArgumentException if it is not a JSON object
     */
    public static Map<String, @Nullable Object> readObject(String text) {
        if (read(text) instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> members = new LinkedHashMap<>();
            map.forEach((name, member) -> members.put(String.valueOf(name), member));
            return members;
        }
        throw new IllegalArgumentException("no JSON object");
    }

    /**
     * Converts ints to longs: the library picks int or long by the size of a number, and readers of the result expect
     * one type.
     */
    private static @Nullable Object withLongs(@Nullable Object value) {
        return switch (value) {
            case Integer number -> number.longValue();
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> members = new LinkedHashMap<>();
                map.forEach((name, member) -> members.put(String.valueOf(name), withLongs(member)));
                yield members;
            }
            case List<?> list -> {
                List<@Nullable Object> items = new ArrayList<>();
                list.forEach(item -> items.add(withLongs(item)));
                yield items;
            }
            case null, default -> value;
        };
    }

    /** Adds a member. */
    public Json put(String name, @Nullable Object value) {
        members.put(name, written(value));
        return this;
    }

    /** Converts a value to a form that the library writes as documented. */
    private static @Nullable Object written(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Json nested -> nested.members;
            case Map<?, ?> map -> {
                Json object = new Json();
                map.forEach((name, member) -> object.put(String.valueOf(name), member));
                yield object.members;
            }
            case Collection<?> items -> {
                List<@Nullable Object> list = new ArrayList<>();
                items.forEach(item -> list.add(written(item)));
                yield list;
            }
            case Double number -> Double.isFinite(number) ? number : null;
            case Number number -> number;
            case Boolean truth -> truth;
            default -> String.valueOf(value);
        };
    }

    /** The object on one line. */
    @Override
    public String toString() {
        try {
            return LIBRARY.asString(members);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

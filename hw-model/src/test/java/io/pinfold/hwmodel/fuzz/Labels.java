package io.pinfold.hwmodel.fuzz;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Formats arguments and results for a line of the journal. It calls toString of no object of the library: that would be
 * a call under test.
 */
final class Labels {
    private Labels() {
    }

    static String of(Object[] arguments) {
        return Arrays.stream(arguments).map(Labels::of).collect(Collectors.joining(", ", "(", ")"));
    }

    static String of(Object value) {
        return switch (value) {
            case null -> "null";
            case Long number ->
                    number > -65536 && number < 65536 ? number + "L" : "0x" + Long.toHexString(number) + "L";
            case Integer number -> number > -65536 && number < 65536 ? "" + number : "0x" + Integer.toHexString(number);
            case Boolean flag -> flag.toString();
            case Byte number -> number.toString();
            case Enum<?> constant -> constant.name();
            case String text -> '"' + text.substring(0, Math.min(20, text.length())) + '"';
            case byte[] bytes -> "byte[" + bytes.length + "]";
            default -> value.getClass().getSimpleName() + "#" + Integer.toHexString(System.identityHashCode(value));
        };
    }
}

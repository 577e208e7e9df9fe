package io.pinfold.hwmodel.cli;

import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts sizes in their usual notation: 4096, 64K, 256M, 4G; powers of 1024, in either case. */
public final class Sizes implements ITypeConverter<Long> {

    private static final String UNITS = "KMGT";

    /** For picocli. */
    public Sizes() {
    }

    @Override
    public Long convert(String text) {
        return parse(text);
    }

    /**
     * Parses a size into bytes.
     *
     * @throws TypeConversionException when it is not a size, or more than a long holds
     */
    static long parse(String text) {
        String number = text.toUpperCase(Locale.ROOT);
        int shift = 0;
        if (!number.isEmpty()) {
            int unit = UNITS.indexOf(number.charAt(number.length() - 1));
            if (unit >= 0) {
                shift = 10 * (unit + 1);
                number = number.substring(0, number.length() - 1);
            }
        }
        if (number.isEmpty() || !number.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new TypeConversionException("'" + text + "' is not a size such as 4096, 64K, 256M or 4G");
        }
        try {
            return Math.multiplyExact(Long.parseLong(number), 1L << shift);
        } catch (NumberFormatException | ArithmeticException e) {
            throw new TypeConversionException("'" + text + "' is more than a size can be");
        }
    }

    /** Formats a size with the largest unit that divides it. */
    static String text(long bytes) {
        for (int unit = UNITS.length() - 1; unit >= 0; unit--) {
            int shift = 10 * (unit + 1);
            if (bytes != 0 && (bytes & ((1L << shift) - 1)) == 0) {
                return (bytes >>> shift) + UNITS.substring(unit, unit + 1);
            }
        }
        return Long.toString(bytes);
    }
}

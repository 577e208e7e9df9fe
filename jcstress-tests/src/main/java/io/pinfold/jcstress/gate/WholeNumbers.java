package io.pinfold.jcstress.gate;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses whole numbers from 1 on, also in the form {@code 1e7}. */
public final class WholeNumbers implements ITypeConverter<Long> {
    private static final double MOST = 1e15;

    /** For picocli. */
    public WholeNumbers() {
    }

    @Override
    public Long convert(String text) {
        double number;
        try {
            number = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is not a number such as 250 or 1e7");
        }
        if (number != Math.rint(number) || number < 1 || number > MOST) {
            throw new TypeConversionException("'" + text + "' is not a whole number from 1 on");
        }
        return (long) number;
    }
}

package io.pinfold.hwmodel.cli;

import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads file names of the command line. A name that the locale's character set cannot spell is reported as such, not as
 * missing.
 */
final class FileNames implements ITypeConverter<Path> {

    /** The character that Java puts in place of bytes that are no character. */
    private static final char LOST = '\ufffd';

    @Override
    public Path convert(String text) {
        return parse(text);
    }

    /** The path of a name. */
    static Path parse(String text) {
        try {
            Path path = Path.of(text);
            if (text.indexOf(LOST) < 0 || Files.exists(path)) {
                return path;
            }
            throw new TypeConversionException(unspellable(text));
        } catch (InvalidPathException e) {
            throw new TypeConversionException(
                    text.indexOf('\0') < 0 ? unspellable(text) : String.valueOf(e.getMessage()));
        }
    }

    private static String unspellable(String text) {
        return "'" + text + "': the character set of the locale (" + charset()
                + ") cannot spell this file name; set LC_ALL to a locale that can, such as C.UTF-8";
    }

    private static String charset() {
        return System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name());
    }
}

package io.pinfold.hwmodel.cli;

import io.pinfold.hwmodel.files.NewFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that takes a result of a command, named by an option. {@link Outputs} checks it before the job. A regular file
 * gets its name only when all of it is written; anything else (a device, a pipe) is written to directly.
 *
 * @param option name of the option, for messages
 * @param path   path of the file
 */
public record OutputFile(String option, Path path) {

    /**
     * Writes the file.
     *
     * @throws PinfoldCommand.UnwrittenException when it cannot be written
     */
    public void write(String text) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
        try {
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                try (var channel = Files.newByteChannel(path, StandardOpenOption.WRITE)) {
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                }
                return;
            }
            try (NewFile file = NewFile.create(path)) {
                file.write(bytes);
                file.finish();
            }
        } catch (IOException e) {
            throw new PinfoldCommand.UnwrittenException(this + " cannot be written: " + Outputs.reason(e), e);
        }
    }

    @Override
    public String toString() {
        return option + "=" + path;
    }
}

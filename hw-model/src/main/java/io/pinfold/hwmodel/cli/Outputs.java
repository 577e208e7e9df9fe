package io.pinfold.hwmodel.cli;

import io.pinfold.hwmodel.files.FileIdentity;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files that a command is about to write, checked before the command does anything. None may be a file that the
 * command reads or writes otherwise, no two may be the same file under different names, and each must be writable.
 */
public final class Outputs {

    /** The files of the standard streams, on systems that show them. */
    private static final List<OutputFile> STANDARD = List.of(
            new OutputFile("standard output", Path.of("/dev/stdout")),
            new OutputFile("standard error", Path.of("/dev/stderr")));

    private final List<OutputFile> taken = new ArrayList<>();
    private final List<OutputFile> outputs = new ArrayList<>();

    /** Opens an empty list. */
    public Outputs() {
    }

    /** Adds a file that the command reads, or writes in a way of its own. */
    public Outputs taken(String name, Path path) {
        taken.add(new OutputFile(name, path));
        return this;
    }

    /** Adds a file that takes a result; null if the option was not given. */
    public Outputs output(@Nullable OutputFile file) {
        if (file != null) {
            outputs.add(file);
        }
        return this;
    }

    /**
     * Checks all files.
     *
     * @throws PinfoldCommand.UsageException when a file cannot be written, or two are the same; nothing was written
     */
    public void check() {
        List<OutputFile> others = new ArrayList<>(taken);
        for (OutputFile standard : STANDARD) {
            if (Files.isRegularFile(standard.path())) {
                taken.forEach(file -> refuseIfSame(standard, file));
                others.add(standard);
            }
        }
        for (OutputFile file : outputs) {
            refuseIfImpossible(file);
            if (isRegularOrNew(file)) { // a terminal or a pipe may take the output of several
                others.forEach(other -> refuseIfSame(file, other));
                others.add(file);
            }
        }
    }

    private static boolean isRegularOrNew(OutputFile file) {
        return Files.isRegularFile(file.path()) || !Files.exists(file.path());
    }

    private static void refuseIfImpossible(OutputFile file) {
        Path path = file.path();
        if (Files.isDirectory(path)) {
            throw new PinfoldCommand.UsageException(file + " is a directory", null);
        }
        if (!isRegularOrNew(file)) {
            return;
        }
        try {
            Path parent = FileIdentity.resolve(path).getParent();
            if (parent != null && !Files.isWritable(parent)) {
                throw new PinfoldCommand.UsageException(file + " cannot be written: its directory " + parent
                        + " cannot be changed", null);
            }
        } catch (IOException e) {
            throw new PinfoldCommand.UsageException(file + " cannot be written: " + reason(e), e);
        }
        if (Files.exists(path) && !Files.isWritable(path)) {
            throw new PinfoldCommand.UsageException(file + " cannot be written: it is read-only", null);
        }
    }

    private static void refuseIfSame(OutputFile file, OutputFile other) {
        try {
            if (FileIdentity.isSame(file.path(), other.path())) {
                throw new PinfoldCommand.UsageException(file + " and " + other + " are the same file", null);
            }
        } catch (IOException e) {
            if (Files.exists(other.path())) { // otherwise the command that uses the file reports the reason
                throw new PinfoldCommand.UsageException(file + " cannot be compared with " + other + ": " + reason(e),
                        e);
            }
        }
    }

    /** The system's message, which {@link FileSystemException} hides behind the path, and the path. */
    static String reason(IOException e) {
        if (e instanceof FileSystemException f) {
            String why = f.getReason() != null ? f.getReason() : f.getClass().getSimpleName();
            return f.getFile() + ": " + why;
        }
        return String.valueOf(e.getMessage());
    }
}

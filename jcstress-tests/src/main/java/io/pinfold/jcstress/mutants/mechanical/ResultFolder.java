package io.pinfold.jcstress.mutants.mechanical;

import io.pinfold.hwmodel.cli.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The results by class, a file each, so that a run that was ended goes on where it stopped. A result counts as a whole
 * for the code it is about; kills count as long as the class and the test are the same.
 */
public final class ResultFolder {

    private final Path folder;

    /** The folder need not exist. */
    public ResultFolder(Path folder) {
        this.folder = folder;
    }

    /** The result of a class, as far as it counts for this code; empty if there is none, or the class is another. */
    public Optional<ClassResult> read(String className, CodeKey code) throws IOException {
        Path file = file(className);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        ClassResult found;
        try {
            found = ClassResult.of(Json.readObject(Files.readString(file)));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
        if (!found.className().equals(className) || !found.bytes().equals(code.bytes())) {
            return Optional.empty();
        }
        return Optional.of(found.key().equals(code.key()) ? found : found.carriedTo(code));
    }

    /** Keeps a result. The file is there in full or not at all. */
    public void write(ClassResult result) throws IOException {
        Files.createDirectories(folder);
        Path fresh = Files.createTempFile(folder, "result", ".new");
        Files.writeString(fresh, result.json().toString());
        Files.move(fresh, file(result.className()), StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.ATOMIC_MOVE);
    }

    private Path file(String className) {
        return folder.resolve(className + ".json");
    }
}

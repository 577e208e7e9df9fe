package io.pinfold.hwmodel.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Compares files by identity, not by name: links of both kinds lead to one file. */
public final class FileIdentity {

    private static final int LINKS_MAX = 40;

    private FileIdentity() {
    }

    /**
     * Whether two names lead to one file, also when it does not exist yet.
     *
     * @throws IOException when a name cannot be followed
     */
    public static boolean isSame(Path one, Path other) throws IOException {
        boolean isThere = Files.exists(one);
        if (isThere != Files.exists(other)) {
            return false;
        }
        return isThere ? Files.isSameFile(one, other) : resolve(one).equals(resolve(other));
    }

    /**
     * The path a name leads to, through all links, also when there is no file yet.
     *
     * @throws IOException when its directory does not exist or the links go round in a circle
     */
    public static Path resolve(Path name) throws IOException {
        if (Files.exists(name)) {
            return name.toRealPath();
        }
        Path at = name.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(at); links++) {
            if (links == LINKS_MAX) {
                throw new FileSystemException(name.toString(), null, "too many symbolic links");
            }
            at = at.resolveSibling(Files.readSymbolicLink(at));
        }
        Path parent = at.getParent();
        Path last = at.getFileName();
        if (parent == null || last == null) {
            throw new NoSuchFileException(name.toString());
        }
        return parent.toRealPath().resolve(last);
    }
}

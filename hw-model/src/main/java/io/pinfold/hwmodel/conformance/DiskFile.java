package io.pinfold.hwmodel.conformance;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/** A temporary file of 'F's on a disk, opened for direct I/O. */
final class DiskFile {

    /** Bytes of the file, more than any row moves. */
    static final int BYTES = 1 << 20;
    /** The byte that fills it. */
    static final byte FILL = 'F';
    private static final Set<String> DISK_TYPES = Set.of("ext2", "ext3", "ext4", "xfs");

    private final String refusal;
    private final String where;
    private final long descriptor;

    private DiskFile(String refusal, String where, long descriptor) {
        this.refusal = refusal;
        this.where = where;
        this.descriptor = descriptor;
    }

    /** Creates it in {@code folder}; {@code putBack} removes it. */
    static DiskFile create(Path folder, Scratch scratch, PutBack putBack) {
        try {
            FileStore store = Files.getFileStore(folder);
            if (!DISK_TYPES.contains(store.type())) {
                return refused(folder + " is on " + store.type() + ", which is no disk with direct I/O of its own");
            }
            Path file = Files.createTempFile(folder, "pinfold", ".conformance");
            putBack.later(() -> delete(file));
            byte[] content = new byte[BYTES];
            Arrays.fill(content, FILL);
            Files.write(file, content);
            int flags = LinuxCalls.O_RDWR | LinuxCalls.directFlag();
            long opened = LinuxCalls.open(scratch.text(file.toString()), flags, 0);
            if (opened < 0) {
                return refused("opening " + file + " with O_DIRECT: " + Shown.errno(opened));
            }
            putBack.later(() -> Scratch.require("close", LinuxCalls.close(opened)));
            Scratch.require("fsync", LinuxCalls.sync(opened));
            return new DiskFile("", folder + " on " + store.type(), opened);
        } catch (IOException e) {
            return refused("a file in " + folder + ": " + e.getMessage());
        }
    }

    private static DiskFile refused(String why) {
        return new DiskFile(why, "", -1);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new IllegalStateException(file + " cannot be deleted", e);
        }
    }

    /** The reason why there is no file; empty if there is one. */
    String refusal() {
        return refusal;
    }

    /** The folder and the type of its file system. */
    String where() {
        return where;
    }

    long descriptor() {
        return descriptor;
    }
}

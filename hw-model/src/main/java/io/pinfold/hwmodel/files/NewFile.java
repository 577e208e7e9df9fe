package io.pinfold.hwmodel.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A file that gets its name only when it is complete. It grows in the same directory under a name of its own ({@code
 * .pinfold-….part}); {@link #finish} gives it its name in one step and replaces an earlier file. Whenever the process
 * ends, the name leads to the old file or to none, never to a part. One thread.
 */
public final class NewFile implements AutoCloseable {

    private static final Set<StandardOpenOption> CREATE = EnumSet.of(StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ, StandardOpenOption.WRITE);

    private final Path name;
    private final Path part;
    private final FileChannel channel;
    private boolean isFinished;

    private NewFile(Path name, Path part, FileChannel channel) {
        this.name = name;
        this.part = part;
        this.channel = channel;
    }

    /**
     * Makes an empty file without its name.
     *
     * @param name the later name; a link is followed, and permissions and owner of an earlier file are kept
     * @throws IOException when the directory does not exist or cannot be written
     */
    public static NewFile create(Path name) throws IOException {
        Path real = FileIdentity.resolve(name);
        PosixFileAttributes old = attributes(real);
        NewFile file = null;
        while (file == null) { // the number is in use by another process: the next one is free
            file = tryCreate(real, old);
        }
        file.take(old);
        return file;
    }

    private static @Nullable NewFile tryCreate(Path real, @Nullable PosixFileAttributes old) throws IOException {
        Path part = real
                .resolveSibling(".pinfold-" + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".part");
        try {
            // It replaces another file: only its owner may access it until it has the other's permissions.
            FileChannel channel = old == null ? FileChannel.open(part, CREATE)
                    : FileChannel.open(part, CREATE,
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            return new NewFile(real, part, channel);
        } catch (FileAlreadyExistsException e) {
            return null;
        }
    }

    private static @Nullable PosixFileAttributes attributes(Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        return view == null || !Files.exists(file) ? null : view.readAttributes();
    }

    /** Takes permissions over, and the owner where this process may give files away. */
    private void take(@Nullable PosixFileAttributes old) throws IOException {
        if (old == null) {
            return;
        }
        PosixFileAttributeView view = Files.getFileAttributeView(part, PosixFileAttributeView.class);
        try {
            PosixFileAttributes own = view.readAttributes();
            if (!own.group().equals(old.group())) {
                view.setGroup(old.group());
            }
            if (!own.owner().equals(old.owner())) {
                view.setOwner(old.owner());
            }
        } catch (IOException e) {
            // Not allowed: the file then belongs to this process, as any new one.
        }
        view.setPermissions(old.permissions());
    }

    /** The channel, open for reading and writing. */
    public FileChannel channel() {
        return channel;
    }

    /** The path of the file until it has its name. */
    public Path part() {
        return part;
    }

    /** Writes all of the buffer after what was written before. */
    public void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Gives the file its name. */
    public void finish() throws IOException {
        Files.move(part, name, StandardCopyOption.ATOMIC_MOVE);
        isFinished = true;
    }

    /** Closes the file; one that was not finished is deleted. */
    @Override
    public void close() throws IOException {
        try (channel) {
            if (!isFinished) {
                Files.deleteIfExists(part);
            }
        }
    }
}

package io.pinfold.hwmodel.copy;

import io.pinfold.hwmodel.files.FileIdentity;
import io.pinfold.hwmodel.files.NewFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The source and the target of a copy, which are checked, opened and compared here. The target grows under a name of
 * its own and gets its name by {@link #finish}, when it is the same as the source; until then, and after a failure, DST
 * is unchanged.
 */
final class CopyFiles implements AutoCloseable {

    private static final int COMPARE_BYTES = 1 << 20;

    private final FileChannel source;
    private final NewFile target;
    private final long bytes;

    private CopyFiles(FileChannel source, NewFile target, long bytes) {
        this.source = source;
        this.target = target;
        this.bytes = bytes;
    }

    /** Refuses, without opening a file and so without truncating it, what can be refused. */
    static void check(CopyOptions options) {
        Path source = options.source();
        Path target = options.target();
        if (!Files.exists(source)) {
            throw new CopyRefusedException("SRC does not exist: " + source);
        }
        if (Files.isDirectory(source)) {
            throw new CopyRefusedException("SRC is a directory: " + source);
        }
        if (!Files.isRegularFile(source)) {
            throw new CopyRefusedException("SRC is not a regular file: " + source);
        }
        if (!Files.isReadable(source)) {
            throw new CopyRefusedException("SRC cannot be read: " + source);
        }
        if (Files.isDirectory(target)) {
            throw new CopyRefusedException("DST is a directory: " + target);
        }
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new CopyRefusedException("DST is not a regular file: " + target);
        }
        Path parent = target.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            throw new CopyRefusedException("DST lies in a directory that does not exist: " + parent);
        }
        if (Files.exists(target) && !Files.isWritable(target)) {
            throw new CopyRefusedException("DST cannot be written: " + target);
        }
        try {
            if (FileIdentity.isSame(source, target)) {
                throw new CopyRefusedException("SRC and DST are the same file: " + source + " and " + target);
            }
        } catch (IOException e) {
            throw new CopyRefusedException("DST cannot be compared with SRC: " + reason(e), e);
        }
    }

    /** Opens both files. */
    static CopyFiles open(CopyOptions options) {
        FileChannel source;
        long bytes;
        try {
            source = FileChannel.open(options.source(), StandardOpenOption.READ);
        } catch (IOException e) {
            throw new CopyRefusedException("SRC cannot be read: " + reason(e), e);
        }
        try {
            bytes = source.size();
            return new CopyFiles(source, NewFile.create(options.target()), bytes);
        } catch (IOException e) {
            closeQuietly(source, e);
            throw new CopyRefusedException("DST cannot be written: " + reason(e), e);
        }
    }

    private static void closeQuietly(FileChannel channel, IOException because) {
        try {
            channel.close();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    /** The system's message, which {@link FileSystemException} hides behind the path, and the path. */
    private static String reason(IOException e) {
        if (e instanceof FileSystemException f) {
            String why = f.getReason() != null ? f.getReason() : f.getClass().getSimpleName();
            return f.getFile() + ": " + why;
        }
        return String.valueOf(e.getMessage());
    }

    FileChannel source() {
        return source;
    }

    FileChannel target() {
        return target.channel();
    }

    /** The path of the target until it has its name. */
    Path part() {
        return target.part();
    }

    /** Gives the target its name and replaces an earlier file of that name. */
    void finish() throws IOException {
        target.finish();
    }

    /** Size of the source when it was opened. */
    long bytes() {
        return bytes;
    }

    /**
     * Compares the files from first to last byte.
     *
     * @return position of the first difference, or -1 when they are the same
     */
    long firstDifference() throws IOException {
        ByteBuffer left = ByteBuffer.allocateDirect(COMPARE_BYTES);
        ByteBuffer right = ByteBuffer.allocateDirect(COMPARE_BYTES);
        long position = 0;
        while (true) {
            fill(source, left, position);
            fill(target.channel(), right, position);
            int mismatch = left.mismatch(right);
            if (mismatch >= 0) {
                return position + mismatch;
            }
            if (!left.hasRemaining()) {
                return -1;
            }
            position += left.remaining();
        }
    }

    private static void fill(FileChannel channel, ByteBuffer buffer, long position) throws IOException {
        buffer.clear();
        long at = position;
        while (buffer.hasRemaining()) {
            int n = channel.read(buffer, at);
            if (n < 0) {
                break;
            }
            at += n;
        }
        buffer.flip();
    }

    /** The sizes now, for a message: a source may have changed since it was opened. */
    String sizes() throws IOException {
        long now = source.size();
        long copied = target.channel().size();
        String had = now == bytes ? "" : "SRC had " + bytes + " bytes when it was opened; ";
        return had + (now == copied ? "both have " + now + " bytes" : "SRC has " + now + " bytes, DST " + copied);
    }

    @Override
    public void close() throws IOException {
        try (source) {
            target.close();
        }
    }
}

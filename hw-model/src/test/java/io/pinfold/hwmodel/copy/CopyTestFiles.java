package io.pinfold.hwmodel.copy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Options and files of a test copy in one directory. */
final class CopyTestFiles {

    final Path source;
    final Path target;

    CopyTestFiles(Path directory, int bytes) {
        source = directory.resolve("source");
        target = directory.resolve("target");
        byte[] content = new byte[bytes];
        new Random(bytes).nextBytes(content);
        try {
            Files.write(source, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CopyOptions options(int batch, int rivals, Lifetime lifetime, long seed) {
        return new CopyOptions(source, target, batch, rivals, 64L << 20, lifetime, seed);
    }

    static CopyReport run(CopyOptions options) {
        return new DmaCopy(options, done -> {
        }).run();
    }

    static CopyRun open(CopyOptions options) {
        return CopyRun.open(options, () -> false, done -> {
        });
    }
}

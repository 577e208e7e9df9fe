package io.pinfold.hwmodel.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The pool of reserved huge pages of 2 MiB: raised for the rows that need some, and restored afterwards. */
final class HugePool {

    private static final Path POOL = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");

    private final Path file;

    /** The pool of this system. */
    HugePool() {
        this(POOL);
    }

    HugePool(Path file) {
        this.file = file;
    }

    /**
     * Makes the pool larger by {@code pages}.
     *
     * @return the reason why that is impossible; empty if it was done
     */
    String raise(int pages, PutBack putBack) {
        try {
            long before = size();
            putBack.later(() -> set(before));
            set(before + pages);
            long now = size();
            return now >= before + pages ? ""
                    : "the pool grew from " + before + " to " + now + " pages only: too little free memory";
        } catch (IOException | UncheckedIOException e) {
            return "the pool cannot be changed: " + e.getMessage();
        }
    }

    private long size() throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    private void set(long pages) {
        try {
            if (size() != pages) {
                Files.write(file, Long.toString(pages).getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

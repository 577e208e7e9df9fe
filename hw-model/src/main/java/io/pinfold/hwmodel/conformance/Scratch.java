package io.pinfold.hwmodel.conformance;

import io.pinfold.core.words.Words;
import java.nio.charset.StandardCharsets;

/**
 * Native memory for the arguments of system calls, and a way for the processor to touch pages that may not be there.
 * For that, read and write make the kernel copy between the page and a memory file. The copy goes through the page
 * tables, with faults and without a reference, and returns EFAULT where a load by the JVM would crash it.
 */
final class Scratch implements AutoCloseable {

    static final int PAGE_BYTES = 4096;
    private static final int PAGES = 16;
    private static final int NAME = 0;
    private static final int VECTORS = 2 * PAGE_BYTES;
    private static final int BUFFER = 4 * PAGE_BYTES;
    /** Largest buffer. */
    static final int BUFFER_BYTES = (PAGES - 4) * PAGE_BYTES;

    private final long base;
    private final long file;

    Scratch() {
        base = require("mmap", LinuxCalls.mmap(0, PAGES * PAGE_BYTES, 3, 0x22, -1, 0));
        file = memoryFile(0);
    }

    /** The result of a call; an errno becomes an exception. */
    static long require(String what, long result) {
        if (result < 0) {
            throw new IllegalStateException(what + " failed: " + Shown.errno(result));
        }
        return result;
    }

    /** Opens a file in memory, of {@code bytes} bytes. */
    long memoryFile(long bytes) {
        long made = require("memfd_create", LinuxCalls.memfdCreate(text("pinfold"), LinuxCalls.MFD_ALLOW_SEALING));
        require("ftruncate", LinuxCalls.truncate(made, bytes));
        return made;
    }

    /** Writes a text that ends with 0, and returns its address, valid until the next call. */
    long text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        Words.copyIn(bytes, 0, base + NAME, bytes.length);
        Words.setByte(base + NAME + bytes.length, (byte) 0);
        return base + NAME;
    }

    /** Writes vectors of address and length, and returns their address, valid until the next call. */
    long vectors(Span... spans) {
        for (int i = 0; i < spans.length; i++) {
            Words.setLong(base + VECTORS + 16L * i, spans[i].address());
            Words.setLong(base + VECTORS + 16L * i + 8, spans[i].bytes());
        }
        return base + VECTORS;
    }

    /** Writes a second vector, for calls that take two lists. */
    long localVector(long bytes) {
        long at = base + VECTORS + PAGE_BYTES;
        Words.setLong(at, buffer());
        Words.setLong(at + 8, bytes);
        return at;
    }

    /** The address of the buffer of {@link #BUFFER_BYTES} bytes. */
    long buffer() {
        return base + BUFFER;
    }

    /** Fills the page at {@code address} as a store of the program would; returns 0 or a negated errno. */
    int store(long address, byte value) {
        Words.fill(buffer(), PAGE_BYTES, value);
        require("pwrite", LinuxCalls.pwrite(file, buffer(), PAGE_BYTES, 0));
        long n = LinuxCalls.pread(file, address, PAGE_BYTES, 0);
        return n < 0 ? (int) n : 0;
    }

    /**
     * Reads the page at {@code address} as a load of the program would; returns {@link Shown#content} or a negated
     * errno.
     */
    int load(long address) {
        long n = LinuxCalls.pwrite(file, address, PAGE_BYTES, 0);
        if (n < 0) {
            return (int) n;
        }
        require("pread", LinuxCalls.pread(file, buffer(), PAGE_BYTES, 0));
        return content();
    }

    /** Content of the first page of the buffer. */
    int content() {
        byte[] page = new byte[PAGE_BYTES];
        Words.copyOut(buffer(), page, 0, PAGE_BYTES);
        return Shown.content(page, PAGE_BYTES);
    }

    @Override
    public void close() {
        require("close", LinuxCalls.close(file));
        require("munmap", LinuxCalls.munmap(base, PAGES * PAGE_BYTES));
    }
}

package io.pinfold.hwmodel.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The last calls of every thread, in a mapped file: they can be read although the JVM that made them has crashed. */
final class Journal {
    /** Threads it has room for. */
    static final int THREADS = 16;
    private static final int CALLS = Integer.getInteger("pinfold.fuzz.journal", 24);
    private static final int LINE = 256;
    private static final int HEAD = 12; // number of the call, bytes of the line
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private final MemorySegment lines;

    private Journal(MemorySegment lines) {
        this.lines = lines;
    }

    static Journal open(Path file) {
        long bytes = (long) THREADS * CALLS * LINE;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            return new Journal(channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, Arena.global()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes call {@code number} (from 1) of a thread, and after its end its result. */
    void write(int thread, long number, String line) {
        byte[] text = line.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, LINE - HEAD);
        long at = ((long) thread * CALLS + number % CALLS) * LINE;
        lines.set(INT, at + Long.BYTES, 0);
        MemorySegment.copy(text, 0, lines, ValueLayout.JAVA_BYTE, at + HEAD, length);
        lines.set(LONG, at, number);
        lines.set(INT, at + Long.BYTES, length);
    }

    /** The last calls of each thread, oldest first. */
    String lastCalls() {
        StringBuilder all = new StringBuilder();
        for (int thread = 0; thread < THREADS; thread++) {
            List<String> calls = new ArrayList<>();
            long newest = 0;
            for (int i = 0; i < CALLS; i++) {
                newest = Math.max(newest, lines.get(LONG, ((long) thread * CALLS + i) * LINE));
            }
            for (long number = Math.max(1, newest - CALLS + 1); number <= newest; number++) {
                long at = ((long) thread * CALLS + number % CALLS) * LINE;
                int length = lines.get(INT, at + Long.BYTES);
                byte[] text = new byte[Math.clamp(length, 0, LINE - HEAD)];
                MemorySegment.copy(lines, ValueLayout.JAVA_BYTE, at + HEAD, text, 0, text.length);
                calls.add("  " + number + " " + new String(text, StandardCharsets.UTF_8));
            }
            if (!calls.isEmpty()) {
                all.append("thread ").append(thread).append(":\n").append(String.join("\n", calls)).append('\n');
            }
        }
        return all.toString();
    }
}

package io.pinfold.hwmodel.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The resident memory of a memory and a copy, as the system counts it in /proc/self/smaps, for the library's mappings
 * only.
 */
class ResidentSetIT {

    private static final Path SMAPS = Path.of("/proc/self/smaps");
    private static final long MIB = 1 << 20;

    @TempDir
    Path directory;

    /**
     * Resident bytes of every mapping with frames or records of the memory, each mapping once. A mapping that the
     * system merged with a foreign neighbour counts whole: too much, never too little.
     */
    private static long resident(PhysicalMemory memory) throws IOException {
        long frames = Bridge.core(memory).frameBasePage() << 12;
        long records = Bridge.core(memory).recordBasePage() << 12;
        long bytes = 0;
        boolean ours = false;
        for (String line : Files.readAllLines(SMAPS)) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                long start = Long.parseUnsignedLong(line.substring(0, line.indexOf('-')), 16);
                long end = Long.parseUnsignedLong(line.substring(line.indexOf('-') + 1, line.indexOf(' ')), 16);
                ours = start < frames + (memory.frames() << 12) && end > frames
                        || start < records + (memory.frames() << 6) && end > records;
            } else if (ours && line.startsWith("Rss:")) {
                bytes += 1024 * Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return bytes;
    }

    @Test
    void aCopyTouchesNoMoreThanTheFramesItUses() throws IOException {
        assumeTrue(Files.exists(SMAPS), "no /proc/self/smaps");
        CopyTestFiles files = new CopyTestFiles(directory, 48 << 20);
        CopyOptions options = new CopyOptions(files.source, files.target, 64, 3, 4L << 30, Lifetime.PIN, 11);
        try (CopyRun run = CopyTestFiles.open(options)) {
            run.copy();
            long bytes = resident(run.memory());
            long used = run.memory().vmStat().framesEverUsed();
            long limit = (long) (used * 4160 * 1.01) + 4 * MIB;
            System.out.printf("resident %,d bytes, frames ever used %,d, limit %,d%n", bytes, used, limit);
            assertThat(used).isPositive();
            assertThat(bytes).isGreaterThan(used * 4096 / 2).isLessThanOrEqualTo(limit);
            run.tearDown();
            assertThat(run.audit().findings()).isEmpty();
        }
    }

    @Test
    void openingALargeMemoryCostsNextToNothing() throws IOException {
        assumeTrue(Files.exists(SMAPS), "no /proc/self/smaps");
        try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(64L << 30).withMovableBytes(48L << 30))) {
            long bytes = resident(memory);
            System.out.printf("64 GiB opened: %,d bytes resident%n", bytes);
            assertThat(bytes).isLessThan(16 * MIB);
        }
    }
}

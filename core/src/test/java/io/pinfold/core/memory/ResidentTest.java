package io.pinfold.core.memory;

import static io.pinfold.core.memory.Memories.MIB;
import static io.pinfold.core.memory.Memories.allocate;
import static io.pinfold.core.memory.Memories.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.words.Words;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a memory really costs, as the system counts it. */
class ResidentTest {
    private static final Path SMAPS = Path.of("/proc/self/smaps");

    @BeforeAll
    static void linuxOnly() {
        assumeTrue(Files.isReadable(SMAPS), "resident memory is read from " + SMAPS);
    }

    @Test
    void opening64GibibytesCostsLessThan16MebibytesInAll() throws Exception {
        ChildJvm child = ChildJvm.run(List.of("-Xms32m", "-Xmx32m", "-XX:+UseSerialGC"), Open64Gib.class);
        assertThat(child.exit()).as(child.output()).isZero();
        long added = Long.parseLong(child.output().strip());
        assertThat(added).isLessThan(16 * MIB);
    }

    /** Prints by how many bytes a memory of 64 GiB makes this process larger. */
    static final class Open64Gib {
        public static void main(String[] args) throws IOException {
            Memories.open(8).close(); // links the system calls, which the first memory of a process pays for once
            long before = residentOfProcess();
            PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(64L << 30).withMovableBytes(48L << 30));
            System.out.println(residentOfProcess() - before);
            memory.close();
        }
    }

    /**
     * With an address space limit the reservation fails, says what to do, and leaves the process able to open a smaller
     * one.
     */
    @Test
    void aRefusedReservationNamesTheLimit() throws Exception {
        ChildJvm child = ChildJvm.runAfter("ulimit -v 6000000 && exec ", List.of("-Xmx64m", "-XX:+UseSerialGC",
                "-XX:ReservedCodeCacheSize=64m", "-XX:CompressedClassSpaceSize=64m"), OpenUnderALimit.class);
        assertThat(child.exit()).as(child.output()).isZero();
        assertThat(child.output()).contains("cannot reserve 68719476736 bytes of address space for frames")
                .contains("(ENOMEM)").contains("(ulimit -v): 6144000000").contains("smaller: 8388608");
    }

    /** Opens too much, then little. */
    static final class OpenUnderALimit {
        public static void main(String[] args) {
            try {
                PhysicalMemory.open(MemoryOptions.ofRam(64L << 30)).close();
                throw new AssertionError("64 GiB fit");
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
            try (PhysicalMemory memory = Memories.open(8)) {
                System.out.println("smaller: " + memory.options().ramBytes());
            }
        }
    }

    @Test
    void whatIsResidentIsWhatWasEverUsed() throws Exception {
        ChildJvm child = ChildJvm.run(List.of("-Xmx64m", "-XX:+UseSerialGC"), UseAndFree.class);
        assertThat(child.exit()).as(child.output()).isZero();
        String[] numbers = child.output().strip().split(" ");
        long empty = Long.parseLong(numbers[0]);
        long used = Long.parseLong(numbers[1]);
        long resident = Long.parseLong(numbers[2]);
        assertThat(empty).as("resident before the first allocation").isLessThan(MIB / 4);
        assertThat(used).isBetween(6_000L, 100_000L);
        long bound = used * 4160 + used * 4160 / 100 + 4 * MIB;
        assertThat(resident).as("%d frames were ever used", used).isLessThanOrEqualTo(bound);
    }

    /**
     * Allocates and frees at random in a memory of 4 GiB; prints the resident bytes of its mappings before, the frames
     * ever used, and the resident bytes after. In a process of its own, because the system joins neighbouring mappings
     * of several memories.
     */
    static final class UseAndFree {
        public static void main(String[] args) throws IOException {
            PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(4L << 30).withMovableBytes(2L << 30));
            System.out.print(residentOf(memory) + " ");
            Random random = new Random(5);
            List<Long> held = new ArrayList<>();
            for (int step = 0; step < 30_000; step++) {
                if (random.nextInt(5) < 3) {
                    int order = random.nextInt(8) == 0 ? random.nextInt(6) : 0;
                    long pfn = Bridge.core(memory).blocks().allocate(order, random.nextInt(2));
                    Words.fill(Bridge.core(memory).frameAddress(pfn), 4096L << order, (byte) 1);
                    held.add(pfn);
                } else if (!held.isEmpty()) {
                    put(memory, held.remove(random.nextInt(held.size())), 1);
                }
                if (step % 100 == 0) {
                    assertThat(Bridge.core(memory).blocks().allocateTable(1, 0, 0)).isPositive();
                }
            }
            System.out.println(memory.vmStat().framesEverUsed() + " " + residentOf(memory));
            held.forEach(pfn -> put(memory, pfn, 1));
            memory.close();
        }
    }

    @Test
    void freedFramesAreUsedAgainBeforeFreshOnes() {
        PhysicalMemory memory = Memories.open(64);
        for (int round = 0; round < 1000; round++) {
            long one = allocate(memory, 0);
            long two = allocate(memory, 0);
            put(memory, one, 1);
            put(memory, two, 1);
        }
        assertThat(memory.vmStat().framesEverUsed()).isEqualTo(2);
        Memories.closeIdle(memory);
    }

    private static long residentOfProcess() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * 4096;
    }

    /** Resident bytes of the mappings that hold the memory's frames and records. */
    private static long residentOf(PhysicalMemory memory) throws IOException {
        long frames = Bridge.core(memory).frameAddress(0);
        long framesEnd = frames + (memory.frames() << 12);
        long records = Bridge.core(memory).recordAddress(0);
        long recordsEnd = records + (memory.frames() << 6);
        long resident = 0;
        boolean ours = false;
        for (String line : Files.readAllLines(SMAPS)) {
            String[] words = line.split("\\s+");
            if (words[0].matches("[0-9a-f]+-[0-9a-f]+")) {
                String[] range = words[0].split("-");
                long start = Long.parseUnsignedLong(range[0], 16);
                long end = Long.parseUnsignedLong(range[1], 16);
                ours = start < framesEnd && end > frames || start < recordsEnd && end > records;
            } else if (ours && words[0].equals("Rss:")) {
                resident += Long.parseLong(words[1]) * 1024;
            }
        }
        return resident;
    }
}

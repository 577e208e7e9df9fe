package io.pinfold.fastpath.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.gup.FrameHandle;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The pool a reader copies from the README is the one that is tested, character for character. */
class ReadmePoolTest {
    private static final Path POOL = Path.of("src/example/java/io/pinfold/fastpath/example/FramePool.java");

    @Test
    void thePoolOfTheReadmeIsTheOneThatIsTested() throws Exception {
        List<String> readme = Files.readAllLines(Path.of("../README.md"));
        int heading = readme.indexOf("## A buffer pool");
        assertThat(heading).as("README.md has the section").isNotNegative();
        List<String> rest = readme.subList(heading, readme.size());
        rest = rest.subList(rest.indexOf("```java") + 1, rest.size());
        assertThat(rest.subList(0, rest.indexOf("```"))).isEqualTo(Files.readAllLines(POOL));
    }

    @Test
    void itHasAsManyLinesOfCodeAsTheReadmeSays() throws Exception {
        List<String> pool = Files.readAllLines(POOL);
        List<String> type = pool.subList(pool.indexOf("public final class FramePool {"), pool.size());
        long lines = type.stream().filter(line -> !line.isBlank() && !line.strip().startsWith("/**")).count();
        assertThat(Files.readString(Path.of("../README.md"))).contains(" eviction, " + lines + " lines of code:");
        assertThat(lines).isLessThan(100);
    }

    @Test
    void aPoolCanHaveTheFramesThatTheReadmeSays() throws Exception {
        String readme = Files.readString(Path.of("../README.md"));
        long[] all = framesOf(MemoryOptions.ofRam(8 << 20));
        assertThat(all[0]).isEqualTo(all[1]);
        assertThat(readme).contains(String.format(Locale.ROOT, "freeFrames()`: %,d in 8 MiB,", all[0]));
        long[] some = framesOf(MemoryOptions.ofRam(64 << 20).withMovableBytes(32 << 20));
        assertThat(readme).contains(String.format(Locale.ROOT,
                "`withMovableBytes(32 << 20)` a pool can have %,d frames, while `freeFrames()` says %,d.", some[0],
                some[1]));
    }

    /** How many frames by handle there are, and how many are free as the statistics count. */
    private static long[] framesOf(MemoryOptions options) {
        try (PhysicalMemory memory = PhysicalMemory.open(options)) {
            long free = memory.vmStat().freeFrames();
            List<Long> taken = LongStream.generate(memory.handles()::allocate)
                    .takeWhile(handle -> handle != FrameHandle.NONE).boxed().toList();
            taken.forEach(memory.handles()::put);
            return new long[]{taken.size(), free};
        }
    }

    @Test
    void itIsTheSecondBlock() throws Exception {
        List<String> readme = Files.readAllLines(Path.of("../README.md"));
        List<String> before = readme.subList(0, readme.indexOf("## A buffer pool"));
        assertThat(before.stream().filter("```java"::equals)).hasSize(1);
    }
}

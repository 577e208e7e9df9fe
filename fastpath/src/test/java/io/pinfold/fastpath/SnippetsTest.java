package io.pinfold.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.memory.MemoryAudit;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.AddressSpace;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import java.io.ByteArrayInputStream;
import java.io.StringWriter;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples in the Javadoc compile as they stand, and run without leaving anything behind. */
class SnippetsTest {
    private static final int PAGES = 16;
    private static final Pattern SNIPPET = Pattern
            .compile("(?m)^ \\* \\{@snippet :\\n((?: \\* .*\\n)+?) \\* }\\n(?= \\*/| \\*$)");
    /** What an example may use without saying where it comes from. */
    private static final String AROUND = """
            import io.pinfold.core.gup.*;
            import io.pinfold.core.memory.*;
            import io.pinfold.core.mm.*;
            import io.pinfold.fastpath.*;
            import java.io.IOException;
            import java.lang.foreign.*;
            import java.nio.channels.ReadableByteChannel;
            import java.util.function.LongConsumer;

            public final class Example {
                public static void run(PhysicalMemory memory, AddressSpace space, GupSession session, long address,
                        LongConsumer device, ReadableByteChannel channel) throws IOException {
            %s    }
            }
            """;

    @TempDir
    private Path folder;

    private static List<String> snippets(String source) {
        List<String> snippets = new ArrayList<>();
        for (Matcher found = SNIPPET.matcher(source); found.find();) {
            snippets.add(found.group(1).replaceAll("(?m)^ \\* ", ""));
        }
        return snippets;
    }

    /** Compiles a body; empty, or what the compiler says. */
    private String compile(String body) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Example.java"),
                JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return AROUND.formatted(body);
            }
        };
        StringWriter said = new StringWriter();
        List<String> options = List.of("-proc:none", "-Xlint:all,-path,-classfile", "-Werror", "-d", folder.toString(),
                "-cp", System.getProperty("java.class.path"));
        boolean isDone = compiler.getTask(said, null, null, options, null, List.of(file)).call();
        return isDone ? "" : said.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fastpath/src/main/java/io/pinfold/fastpath/GupSession.java",
            "fastpath/src/main/java/io/pinfold/fastpath/PinnedRange.java",
            "core/src/main/java/io/pinfold/core/memory/FrameHandles.java",
            "core/src/main/java/io/pinfold/core/memory/PageBatch.java"})
    void theExampleCompilesAndRuns(String source) throws Exception {
        List<String> snippets = snippets(Files.readString(Path.of("..", source)));
        assertThat(snippets).hasSize(1);
        assertThat(compile(snippets.getFirst())).isEmpty();
        try (URLClassLoader loader = new URLClassLoader(new URL[]{folder.toUri().toURL()})) {
            run(loader.loadClass("Example"));
        }
    }

    private static void run(Class<?> example) throws Exception {
        PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16 << 20));
        try (AddressSpace space = AddressSpace.create(memory); GupSession session = GupSession.open(memory);
                ReadableByteChannel channel = Channels.newChannel(new ByteArrayInputStream(new byte[1 << 20]))) {
            long address = space.mmap(0, PAGES * 4096L, Prot.READ_WRITE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
            List<Long> frames = new ArrayList<>();
            LongConsumer device = frames::add;
            example.getMethod("run", PhysicalMemory.class, AddressSpace.class, GupSession.class, long.class,
                    LongConsumer.class, ReadableByteChannel.class)
                    .invoke(null, memory, space, session, address, device, channel);
            assertThat(frames).doesNotHaveDuplicates().allMatch(pfn -> memory.page(pfn).refCount() == 1);
        }
        assertThat(memory.vmStat().nrFollPinAcquired()).as("pins that an example took").isPositive()
                .isEqualTo(memory.vmStat().nrFollPinReleased());
        assertThat(MemoryAudit.checkIdle(memory)).isEmpty();
        memory.close();
    }

    @Test
    void anExampleThatDoesNotCompileIsNoticed() {
        String comment = "/**\n * {@snippet :\n * session.pinUserPagesFast(space, address, 1);\n * }\n */\n";
        assertThat(snippets(comment)).containsExactly("session.pinUserPagesFast(space, address, 1);\n");
        assertThat(compile(snippets(comment).getFirst())).contains("pinUserPagesFast");
        assertThat(compile("assert GupOptions.WRITE.isWrite();\n"))
                .isEmpty();
    }
}

package io.pinfold.fastpath.consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs that confuse gets and pins, or options and numbers, do not compile, and the compiler says why. */
class WrongProgramsTest {
    private static final String PROGRAM = """
            import io.pinfold.core.gup.*;
            import io.pinfold.core.kernel.*;
            import io.pinfold.core.memory.*;
            import io.pinfold.core.mm.*;
            import io.pinfold.fastpath.*;
            import io.pinfold.fastpath.kernel.*;

            class Program {
                static void run(PhysicalMemory memory, AddressSpace space, GupSession session, GupSessionPool pool,
                        MmapGuard guard, PageBatch<Hold.Get> gets, PageBatch<Hold.Pin> pins,
                        ExtentBatch<Hold.Get> getRuns, ExtentBatch<Hold.Pin> pinRuns) {
                    %s
                }
            }
            """;
    private static final String NO_PIN = "cannot be converted to Batch<Pin>";
    private static final String NO_GET = "cannot be converted to Batch<Get>";
    private static final String NO_OPTIONS = "int cannot be converted to GupOptions";

    @TempDir
    private Path folder;

    /** What the compiler says; empty if it has nothing to say. */
    private String compile(String body) {
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        JavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Program.java"),
                JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return PROGRAM.formatted(body);
            }
        };
        StringWriter said = new StringWriter();
        boolean isGood = javac.getTask(said, null, null,
                List.of("-proc:none", "-Xlint:all,-path,-classfile", "-Werror", "-d", folder.toString(), "-classpath",
                        System.getProperty("java.class.path")),
                null, List.of(file)).call();
        assertThat(isGood).isEqualTo(said.toString().isEmpty());
        return said.toString();
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                arguments("a get into a batch of pins",
                        "session.getUserPagesFast(space, 0, 1, GupOptions.READ, pins);", NO_GET),
                arguments("a pin into a batch of gets",
                        "session.pinUserPagesFast(space, 0, 1, GupOptions.READ, gets);", NO_PIN),
                arguments("a pin of a pool into extents of gets",
                        "pool.pinUserPagesFastOnly(space, 0, 1, GupOptions.READ, getRuns);", NO_PIN),
                arguments("a slow pin into a batch of gets",
                        "space.pinUserPages(guard, 0, 1, GupOptions.WRITE, gets);", NO_PIN),
                arguments("a put of what was pinned", "memory.putPages(pins);", NO_GET),
                arguments("an unpin of what was got", "memory.unpinUserPages(gets);", NO_PIN),
                arguments("a dirty unpin of what was got", "memory.unpinUserPagesDirtyLock(gets, true);", NO_PIN),
                arguments("a put of a part of what was pinned", "memory.putPages(pins, 0, 1);",
                        "PageBatch<Pin> cannot be converted to PageBatch<Get>"),
                arguments("an unpin of a part of extents that were got",
                        "memory.unpinUserPagesDirtyLock(getRuns, 0, 0, 1, true);",
                        "ExtentBatch<Get> cannot be converted"),
                arguments("the literal 1 for WRITE", "session.pinUserPagesFast(space, 0, 1, 1, pins);", NO_OPTIONS),
                arguments("the kernel's flag for an option",
                        "space.getUserPagesUnlocked(0, 1, FollFlags.FOLL_WRITE, gets);", NO_OPTIONS),
                arguments("the literal 1 for a pinned range", "PinnedRange.pin(session, space, 0, 1, 1);", NO_OPTIONS),
                arguments("options out of a number", "var options = new GupOptions(1);",
                        "GupOptions(int) has private access in GupOptions"),
                arguments("a batch that does not say what it holds",
                        "var batch = memory.newPageBatch(1); session.pinUserPagesFast(space, 0, 1, GupOptions.READ, batch);",
                        NO_PIN),
                arguments("a batch of something else", "PageBatch<String> batch = memory.newPageBatch(1);",
                        "type argument String is not within bounds"),
                arguments("a raw batch", "PageBatch batch = memory.newPageBatch(1);", "found raw type: PageBatch"),
                arguments("a batch of pins for one of gets", "PageBatch<Hold.Get> batch = pins;",
                        "PageBatch<Pin> cannot be converted to PageBatch<Get>"),
                arguments("the kernel's pin into a batch of gets",
                        "FastGup.pinUserPagesFast(session, space, 0, 1, FollFlags.FOLL_WRITE, gets);", NO_PIN));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void wrong(String what, String body, String message) {
        assertThat(compile(body)).as(what).contains(message);
    }

    /** The same calls as they are meant, so that what is refused above is refused for the reason that is given. */
    @Test
    void theRightProgramCompiles() {
        assertThat(compile("""
                int n = session.getUserPagesFast(space, 0, 1, GupOptions.READ, gets);
                n += memory.putPages(gets, 0, 1) + memory.putPages(gets);
                n += session.pinUserPagesFast(space, 0, 1, GupOptions.WRITE.longTerm(), pins);
                n += memory.unpinUserPagesDirtyLock(pins, 0, 1, true) + memory.unpinUserPages(pins);
                n += pool.pinUserPagesFastOnly(space, 0, 1, GupOptions.READ, pinRuns);
                n += memory.unpinUserPagesDirtyLock(pinRuns, 0, 0, 1, true);
                n += space.pinUserPages(guard, 0, 1, GupOptions.WRITE.interruptible(), pins);
                n += space.getUserPagesUnlocked(0, 1, GupOptions.READ.force().noFault(), memory.newPageBatch(1));
                n += FastGup.pinUserPagesFast(session, space, 0, 1, FollFlags.FOLL_WRITE, pins);
                n += Gup.getUserPagesUnlocked(space, 0, 1, FollFlags.FOLL_DUMP, null) + Gup.releasePages(gets);
                """)).isEmpty();
    }
}

package io.pinfold.fastpath.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A user's module: requires the fast path, compiles and runs the example on the module path, and cannot look inside.
 * The jars are those that the build has just installed for {@link ConsumerIT}.
 */
class ModulePathIT {
    private static final Path EXAMPLE = Path.of("src/test/resources/consumer/src/main/java/example/Example.java");
    private static final String DESCRIPTOR = "module example { requires io.pinfold.fastpath; }";

    @TempDir
    private Path folder;

    @Test
    void theExampleRunsAsAModule() throws Exception {
        StringWriter said = new StringWriter();
        assertThat(compile(said, "Example", Files.readString(EXAMPLE))).as("javac said:%n%s", said).isTrue();
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=io.pinfold.core", "--illegal-native-access=deny", "--module-path",
                jars() + File.pathSeparator + folder.resolve("classes"), "--module",
                "example/example.Example").redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(Files.readString(log)).contains("still there: 42");
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void theJarsAreNamedModules() throws IOException {
        List<ModuleDescriptor> found = new ArrayList<>();
        for (String jar : jars().split(File.pathSeparator, -1)) {
            found.add(ModuleFinder.of(Path.of(jar)).findAll().iterator().next().descriptor());
        }
        assertThat(found).extracting(ModuleDescriptor::name).containsExactly("io.pinfold.core", "io.pinfold.fastpath");
        assertThat(found).noneMatch(ModuleDescriptor::isAutomatic);
    }

    @Test
    void whatIsInsideDoesNotCompile() throws IOException {
        for (String inside : new String[]{"core.words.Words", "core.memory.frame.MemoryCore", "core.mm.space.Mm",
                "core.internal.Bridge", "core.page.PageLayout"}) {
            StringWriter said = new StringWriter();
            assertThat(compile(said, "Inside", "package example; class Inside { io.pinfold." + inside + " field; }"))
                    .as(inside).isFalse();
            assertThat(said.toString()).contains("is not visible");
        }
    }

    private boolean compile(StringWriter said, String name, String source) throws IOException {
        Path sources = Files.createDirectories(folder.resolve("source/example"));
        Path descriptor = Files.writeString(folder.resolve("source/module-info.java"), DESCRIPTOR);
        Path file = Files.writeString(sources.resolve(name + ".java"), source);
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        return javac.getTask(said, null, null,
                List.of("--module-path", jars() + File.pathSeparator + annotations(), "-d",
                        folder.resolve("classes").toString()),
                null,
                javac.getStandardFileManager(null, null, null).getJavaFileObjects(descriptor, file)).call();
    }

    /** JSpecify, which Maven puts beside them: javac wants the module of an annotation, java does not. */
    private static String annotations() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.contains("jspecify")).findFirst().orElseThrow();
    }

    /** The jar of core and that of the fast path, in this order. */
    private static String jars() throws IOException {
        List<String> jars = new ArrayList<>();
        for (String name : new String[]{"pinfold-core", "pinfold-fastpath"}) {
            try (Stream<Path> files = Files.walk(Path.of("target/consumer-repo/io/pinfold", name))) {
                jars.add(files.filter(file -> file.toString().endsWith(".jar")).findFirst().orElseThrow()
                        .toAbsolutePath()
                        .toString());
            }
        }
        return String.join(File.pathSeparator, jars);
    }
}

package io.pinfold.core.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pinfold.core.epoch.SessionSlot;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.MemoryOptions;
import io.pinfold.core.memory.PhysicalMemory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which form a JVM chooses, and that both forms walk, free tables and close. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HeavyFenceTest {
    private static final int MEMBARRIER = 324;
    private static final int EPERM = 1;
    private static final int ENOSYS = 38;

    @TempDir
    private Path folder;

    @BeforeEach
    void onLinux() {
        assumeThat(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .as("membarrier(2) and the filter that refuses it").isEqualTo("Linux amd64");
    }

    private String said(List<String> options, Object... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Child.class.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        Path output = folder.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")); // they are printed
        Process child = builder.start();
        try {
            child.waitFor();
            return Files.readString(output, StandardCharsets.UTF_8);
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void theFormOfThisJvmIsSaidAndItsFenceReturns() {
        System.out.println("slots: " + HeavyFence.form());
        boolean isDemanded = "locked".equals(System.getProperty("pinfold.slots"));
        assertThat(HeavyFence.form()).isEqualTo(isDemanded ? "locked, -Dpinfold.slots=locked" : "membarrier");
        assertThat(HeavyFence.isAsymmetric()).isEqualTo(!isDemanded);
        HeavyFence.fence();
        try (PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20))) {
            assertThat(memory).hasToString(Bridge.core(memory) + " (slots: " + HeavyFence.form() + ")");
        }
    }

    @Test
    void theLockedFormIsDemanded() throws Exception {
        assertThat(said(List.of("--enable-native-access=ALL-UNNAMED", "-Dpinfold.slots=locked"), 0, 0))
                .isEqualTo("locked, -Dpinfold.slots=locked\nclosed\n");
    }

    @Test
    void aSandboxThatRefusesGetsTheLockedForm() throws Exception {
        for (int errno : new int[]{EPERM, ENOSYS}) {
            assertThat(said(List.of("--enable-native-access=ALL-UNNAMED"), errno, 0))
                    .isEqualTo("locked, membarrier is not to be had: -" + errno + "\nclosed\n");
        }
    }

    /** The form is chosen by then, so another fence has to do. */
    @Test
    void aRefusalThatComesLaterIsMadeUpForByAHandshake() throws Exception {
        assertThat(said(List.of("--enable-native-access=ALL-UNNAMED"), 0, EPERM))
                .isEqualTo("membarrier\nrefused: -1\nclosed\n");
    }

    /** A memory cannot be had then, and the reason must not be a class that failed in its initializer. */
    @Test
    void deniedNativeAccessIsTheLockedForm() throws Exception {
        assertThat(said(List.of("--illegal-native-access=deny"), 0, 0)).startsWith("locked, no native call to be had")
                .contains("IllegalStateException").doesNotContain("Initializer");
    }

    /** Says the form; walks beside a thread that frees tables, and closes. */
    static final class Child {
        private static final int TABLES = 2_000;

        private Child() {
        }

        public static void main(String[] args) throws Throwable {
            refuse(Integer.parseInt(args[0]));
            System.out.println(HeavyFence.form());
            if (refuse(Integer.parseInt(args[1]))) {
                System.out.println("refused: " + NativeAccess.membarrier(0));
            }
            PhysicalMemory memory = PhysicalMemory.open(MemoryOptions.ofRam(16L << 20));
            Thread walker = Thread.ofPlatform().start(() -> walk(memory));
            for (int i = 0; i < TABLES; i++) {
                long table = Bridge.core(memory).blocks().allocateTable(1, 0, 0);
                Bridge.core(memory).retired().retire(Bridge.core(memory).retired().link(table, 0));
                int _ = Bridge.core(memory).retired().drain();
            }
            memory.close();
            walker.join();
            System.out.println("closed");
        }

        private static boolean refuse(int errno) throws Throwable {
            if (errno != 0) {
                Seccomp.refuse(MEMBARRIER, errno);
            }
            return errno != 0;
        }

        private static void walk(PhysicalMemory memory) {
            SessionSlot slot = Bridge.core(memory).slots().openForThread();
            try {
                while (true) {
                    slot.enter();
                    slot.exit();
                }
            } catch (IllegalStateException closed) {
                slot.close();
            }
        }
    }
}

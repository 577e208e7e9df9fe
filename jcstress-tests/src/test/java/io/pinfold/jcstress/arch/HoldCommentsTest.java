package io.pinfold.jcstress.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The Javadoc of sessions, spaces and memories, beyond what the compiler requires: a method that takes a hold names the
 * call that ends it.
 */
class HoldCommentsTest {
    private static final List<Path> DOORS = List.of(
            Path.of("../fastpath/src/main/java/io/pinfold/fastpath/GupSession.java"),
            Path.of("../fastpath/src/main/java/io/pinfold/fastpath/kernel/FastGup.java"),
            Path.of("../core/src/main/java/io/pinfold/core/kernel/Gup.java"),
            Path.of("../core/src/main/java/io/pinfold/core/mm/AddressSpace.java"),
            Path.of("../core/src/main/java/io/pinfold/core/memory/PhysicalMemory.java"));
    /** A method of four columns' indentation, its comment before it. */
    private static final Pattern CALL = Pattern.compile(
            "(?m)^    /\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s+(?:@\\w+(?:\\([^)]*\\))?\\s+)*public ([\\w<>@.? \\[\\]]+) (\\w+)\\(([^)]*)\\)");
    private static final Pattern RELEASE = Pattern.compile("Release(?:d by| with) \\{@link ");
    private static final Pattern KERNEL = Pattern.compile("Kernel: \\w+\\(\\)");
    private static final String HELD = "MmapGuard|MemoryLease|Cpu";
    private static final String AS_IN_LINUX = "(get|pin)UserPages\\w*|pinLongtermPages|unpin\\w+|putPages|releasePages|mmap|munmap"
            + "|mprotect|madvise";

    private record Call(String name, String result, String parameters, String comment) {
        boolean takesHolds() {
            boolean fillsBatch = parameters.contains("Batch<Hold.") && name.matches("(get|pin)[A-Z]\\w+");
            return fillsBatch || name.matches("tryGet|tryPin") || result.matches(HELD);
        }

        boolean isAsInLinux() {
            return name.matches(AS_IN_LINUX);
        }

        boolean says(Pattern wanted) {
            return wanted.matcher(comment.replaceAll("\\s+\\* ?", " ")).find();
        }
    }

    private static List<Call> calls(String source) {
        List<Call> calls = new ArrayList<>();
        for (Matcher found = CALL.matcher(source); found.find();) {
            calls.add(new Call(found.group(3), found.group(2).replaceAll("static ", ""), found.group(4),
                    found.group(1)));
        }
        return calls;
    }

    private static List<Call> callsOf(Predicate<Call> kind) throws IOException {
        List<Call> calls = new ArrayList<>();
        for (Path door : DOORS) {
            calls(Files.readString(door)).stream().filter(kind).forEach(calls::add);
        }
        return calls;
    }

    private static List<String> silent(List<Call> calls, Pattern wanted) {
        return calls.stream().filter(call -> !call.says(wanted)).map(call -> call.name + "(" + call.parameters + ")")
                .toList();
    }

    /** 4 slow calls, 4 fast ones, 7 and 4 with flags, 2 by handle, and a guard, a processor and a lease. */
    @Test
    void whatTakesHoldsSaysHowTheyAreReleased() throws IOException {
        List<Call> takers = callsOf(Call::takesHolds);
        assertThat(takers).hasSizeGreaterThanOrEqualTo(24);
        assertThat(silent(takers, RELEASE)).isEmpty();
    }

    @Test
    void whatMirrorsACallOfTheKernelNamesIt() throws IOException {
        List<Call> mirrors = callsOf(Call::isAsInLinux);
        assertThat(mirrors).hasSizeGreaterThanOrEqualTo(32);
        assertThat(silent(mirrors, KERNEL)).isEmpty();
    }

    @Test
    void aCommentThatSaysNeitherIsNoticed() {
        List<Call> calls = calls("""
                    /** Pins. Kernel: pin_user_pages(). */
                    public int pinUserPages(long address, Batch<Hold.Pin> batch) {
                    }

                    /**
                     * Pins. Release
                     * with {@link Other}.
                     */
                    @Override
                    public int pinUserPagesFast(long address, @Nullable Batch<Hold.Pin> batch) {
                    }

                    /** {@return the lock} */
                    public MmapGuard readLock() {
                    }
                """);
        assertThat(calls.stream().filter(Call::takesHolds)).hasSize(3);
        assertThat(silent(calls, RELEASE)).containsExactly("pinUserPages(long address, Batch<Hold.Pin> batch)",
                "readLock()");
        assertThat(silent(calls.stream().filter(Call::isAsInLinux).toList(), KERNEL))
                .containsExactly("pinUserPagesFast(long address, @Nullable Batch<Hold.Pin> batch)");
    }
}

package io.pinfold.jcstress.spin;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildProcess.Ended;
import io.pinfold.hwmodel.process.ChildTimeoutException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The model checker: {@code spin -a}, a C compiler, and the verifier that is compiled by it. Both programs are searched
 * for on the PATH.
 */
public final class Spin {
    private static final Pattern ERRORS = Pattern.compile("errors: (\\d+)");
    private static final Pattern STATES = Pattern.compile("(\\d+) states, stored");
    private static final Pattern MESSAGE = Pattern.compile("pan:1: (.*?)(?: \\(at depth (\\d+)\\))");
    private static final Pattern INCOMPLETE = Pattern
            .compile("max search depth too small|Search not completed|out of memory");

    /**
     * The result of a search.
     *
     * @param model      name of the model
     * @param variant    "correct", or the switch by which a defence was left out
     * @param errors     violations found; the search ends at the first
     * @param states     states stored
     * @param isComplete whether all states were seen
     * @param message    the violation, empty if there is none
     */
    public record Result(String model, String variant, int errors, long states, boolean isComplete, String message) {
        /** The variant in which no defence is left out. */
        public static final String CORRECT = "correct";

        /**
         * Whether the result is the expected one: no violation in any state of the complete protocol, and one if a
         * defence is missing.
         */
        public boolean isAsItShould() {
            return variant.equals(CORRECT) ? errors == 0 && isComplete : errors > 0;
        }
    }

    /** The limit of one program; the longest search takes seconds. */
    private static final Duration LIMIT = Duration.ofMinutes(10);

    private final Path work;

    /** Makes the folder of the work. */
    public Spin(Path work) {
        this.work = work;
    }

    /** The reason why no model can be checked here; null when one can. */
    public static @Nullable String missing() {
        for (String program : List.of("spin", "cc")) {
            try {
                Ended _ = ChildProcess.run(new ProcessBuilder(program, program.equals("cc") ? "--version" : "-V"),
                        LIMIT);
            } catch (ChildTimeoutException e) {
                return String.valueOf(e.getMessage());
            } catch (IOException e) {
                return program + " is not installed";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return "interrupted";
            }
        }
        return null;
    }

    /** Spin's name and version. */
    public String version() throws IOException, InterruptedException {
        Files.createDirectories(work);
        return output(List.of("spin", "-V")).strip();
    }

    /** Checks a model with all defences, and then once without each of them. */
    public List<Result> check(SpinModel model) throws IOException, InterruptedException {
        List<Result> results = new ArrayList<>();
        results.add(check(model, null));
        for (SpinModel.Switch missing : model.switches()) {
            results.add(check(model, missing.name()));
        }
        return results;
    }

    /** Checks a model, without the defence of a switch if one is given. */
    public Result check(SpinModel model, @Nullable String without) throws IOException, InterruptedException {
        Files.createDirectories(work);
        List<String> generate = new ArrayList<>(List.of("spin", "-a"));
        if (without != null) {
            generate.add("-D" + without);
        }
        generate.add(model.file().toAbsolutePath().toString());
        String generated = output(generate);
        String compiled = output(List.of("cc", "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c"));
        if (!Files.exists(work.resolve("pan"))) {
            throw new IOException("no verifier of " + model.file() + ":\n" + generated + compiled);
        }
        String found = output(List.of(work.resolve("pan").toAbsolutePath().toString(), "-m100000"));
        Files.delete(work.resolve("pan")); // it must not pass for that of the next model
        Matcher message = MESSAGE.matcher(found);
        return new Result(model.name(), without == null ? Result.CORRECT : without, (int) number(ERRORS, found),
                number(STATES, found), !INCOMPLETE.matcher(found).find(), message.find() ? message.group(1) : "");
    }

    private static long number(Pattern pattern, String text) throws IOException {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IOException("spin's verifier did not say \"" + pattern + "\":\n" + text);
        }
        return Long.parseLong(matcher.group(1));
    }

    private String output(List<String> command) throws IOException, InterruptedException {
        // the exit code is useless: the verifier returns 0 in every case
        return ChildProcess.run(new ProcessBuilder(command).directory(work.toFile()).redirectErrorStream(true), LIMIT)
                .output();
    }
}

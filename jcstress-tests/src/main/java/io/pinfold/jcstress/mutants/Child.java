package io.pinfold.jcstress.mutants;

import io.pinfold.hwmodel.process.ChildProcess;
import io.pinfold.hwmodel.process.ChildTimeoutException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A JVM that runs a checker on changed classes.
 *
 * <p>It, and every JVM that it forks, records from where it loads classes ({@code JDK_JAVA_OPTIONS} reaches the
 * launcher of every JVM below it). That record proves that the changed class is the one that ran.
 *
 * @param exit    its exit code; of no meaning after a time-out
 * @param isTimeout whether it reached its time limit
 * @param seconds how long it ran
 * @param output  its output
 */
record Child(int exit, boolean isTimeout, double seconds, List<String> output) {

    private static final List<String> JVM = List.of("--enable-native-access=ALL-UNNAMED");

    /**
     * Runs a program to its end, or up to its time limit.
     *
     * @param work    folder of its log and its lists of loaded classes
     * @param name    of those files
     * @param folder  its working directory
     * @param options options of its JVM
     * @param program main class and arguments
     */
    static Child run(Path work, String name, Path folder, List<Path> classPath, List<String> options,
            List<String> program, double limitSeconds) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.addAll(options);
        command.add("-cp");
        command.add(Project.join(classPath));
        command.addAll(program);
        Path log = work.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("JDK_JAVA_OPTIONS", "-Xlog:class+load:file=" + work.resolve(name) + ".%p.loaded");
        long start = System.nanoTime();
        int exit = -1;
        boolean isTimeout = false;
        try {
            exit = ChildProcess.run(builder, Duration.ofMillis((long) (limitSeconds * 1000))).exit();
        } catch (ChildTimeoutException e) {
            isTimeout = true;
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Child(exit, isTimeout, seconds, Files.readAllLines(log));
    }

    /**
     * Whether some JVM loaded each of the classes, and none loaded one of them from elsewhere.
     *
     * @param name    of the run, or of several by their common start
     * @param classes from this folder
     */
    static Loaded loaded(Path work, String name, List<String> classNames, Path classes) throws IOException {
        String from = "source: file:" + classes.toAbsolutePath() + "/";
        boolean any = false;
        try (Stream<Path> files = Files.list(work)) {
            for (Path file : files.filter(one -> one.getFileName().toString().startsWith(name)
                    && one.getFileName().toString().endsWith(".loaded")).toList()) {
                for (String line : Files.readAllLines(file)) {
                    for (String className : classNames) {
                        if (line.contains(" " + className + " source:")) {
                            if (!line.contains(from)) {
                                return Loaded.SHIPPING;
                            }
                            any = true;
                        }
                    }
                }
            }
        }
        return any ? Loaded.CHANGED : Loaded.NONE;
    }

    /** The version of a class that a checker ran. */
    enum Loaded {
        /** The changed class. */
        CHANGED,
        /** Neither the changed nor the shipping class. */
        NONE,
        /** The shipping class, so the run is no evidence. */
        SHIPPING
    }
}

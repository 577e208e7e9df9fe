package io.pinfold.jcstress.mutants;

import io.pinfold.hwmodel.cli.PinfoldCommand.UsageException;
import io.pinfold.jcstress.mutants.mechanical.CodeKey;
import io.pinfold.jcstress.mutants.mechanical.LeftOutClasses;
import io.pinfold.jcstress.mutants.mechanical.PitMutant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The classes that mechanical mutants are made of, by their files. */
final class MechanicalClasses {

    /** The rooms that are judged as a whole; any other class is judged when it is named. */
    private static final Set<String> SCOPE = Set.of("core.mm", "core.memory", "fastpath", "hwmodel.dma",
            "hwmodel.copy");
    private static final String END = ".class";
    private static final String BASE = "io.pinfold.";

    /** The files of each top-level class, nested ones included. */
    private final Map<String, List<Path>> files = new TreeMap<>();
    private final byte[] tests;
    private final Map<String, String> testFiles = new TreeMap<>();

    MechanicalClasses(Project project) throws IOException {
        MessageDigest digest = sha256();
        for (String module : Project.MODULES) {
            Path root = project.classes(module).resolve("io/pinfold");
            for (Path file : under(root)) {
                String name = name(root, file);
                files.computeIfAbsent(PitMutant.topLevel(name), key -> new ArrayList<>()).add(file);
            }
            Path testRoot = project.testClasses(module);
            for (Path file : under(testRoot)) {
                byte[] bytes = Files.readAllBytes(file);
                digest.update(bytes);
                String name = name(testRoot, file);
                testFiles.put(name.startsWith(BASE) ? name.substring(BASE.length()) : name,
                        HexFormat.of().formatHex(sha256().digest(bytes)));
            }
        }
        files.keySet().removeIf(name -> name.endsWith("-info"));
        tests = digest.digest();
    }

    /** All that have to be judged. */
    List<String> scope() {
        Set<String> leftOut = LeftOutClasses.load().keySet();
        return files.keySet().stream().filter(name -> !leftOut.contains(name)).filter(
                name -> SCOPE.stream().anyMatch(room -> name.startsWith(room + "."))).toList();
    }

    /**
     * The class of a name, simple or with its package.
     *
     * @throws UsageException if there is none, or several, or it is left out
     */
    String named(String name) {
        List<String> found = files.keySet().stream().filter(
                one -> one.equals(name) || (BASE + one).equals(name) || one.endsWith("." + name)).toList();
        if (found.size() != 1) {
            throw new UsageException("--only " + name + ": "
                    + (found.isEmpty() ? "there is no such class" : "one of them is meant: " + found), null);
        }
        String why = LeftOutClasses.load().get(found.getFirst());
        if (why != null) {
            throw new UsageException("--only " + name + ": left out: " + why, null);
        }
        return found.getFirst();
    }

    /** How big the files of a class are: about how long its mutants take. */
    long weight(String name) {
        long bytes = 0;
        for (Path file : files.getOrDefault(name, List.of())) {
            bytes += file.toFile().length();
        }
        return bytes;
    }

    /** What the verdicts about each class hang on. */
    Map<String, CodeKey> codes(List<String> names, String commit) throws IOException {
        Map<String, CodeKey> codes = new LinkedHashMap<>();
        for (String name : names) {
            MessageDigest digest = sha256();
            for (Path file : files.getOrDefault(name, List.of())) {
                digest.update(Files.readAllBytes(file));
            }
            String bytes = HexFormat.of().formatHex(digest.digest());
            codes.put(name, new CodeKey(commit + " " + bytes + " " + HexFormat.of().formatHex(tests), bytes,
                    testFiles));
        }
        return codes;
    }

    private static List<Path> under(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(file -> file.toString().endsWith(END)).sorted().toList();
        }
    }

    private static String name(Path root, Path file) {
        String path = root.relativize(file).toString();
        return path.substring(0, path.length() - END.length()).replace('/', '.');
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}

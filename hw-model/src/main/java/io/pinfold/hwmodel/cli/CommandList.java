package io.pinfold.hwmodel.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;

/**
 * All commands of {@code ./pinfold}, whether their module is on the class path or not: the resource {@code
 * commands.txt}, which the launcher reads, too.
 */
public final class CommandList {

    private static final String RESOURCE = "commands.txt";

    private CommandList() {
    }

    /**
     * One command.
     *
     * @param name   as it is typed on the command line
     * @param module the module that holds it
     * @param about  what it does, in one line
     */
    public record Entry(String name, String module, String about) {
    }

    /** The commands, in the order of the help. */
    public static List<Entry> listed() {
        List<Entry> entries = new ArrayList<>();
        try (InputStream resource = CommandList.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException(RESOURCE + " is not beside " + CommandList.class.getName());
            }
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
                lines.lines().filter(line -> !line.startsWith("#")).forEach(line -> entries.add(entry(line)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries;
    }

    private static Entry entry(String line) {
        String[] words = line.split(" ", 3);
        if (words.length < 3) {
            throw new IllegalStateException("a line of " + RESOURCE + " is not NAME MODULE TEXT: " + line);
        }
        return new Entry(words[0], words[1], words[2]);
    }

    /** Names and one-liners of the commands of these modules. */
    public static Map<String, String> listed(Set<String> modules) {
        Map<String, String> listed = new LinkedHashMap<>();
        for (Entry entry : listed()) {
            if (modules.contains(entry.module())) {
                listed.put(entry.name(), entry.about());
            }
        }
        return listed;
    }

    /** Names and one-liners of the commands that are on the class path. */
    public static Map<String, String> found() {
        Map<String, String> found = new LinkedHashMap<>();
        for (CommandLine command : Main.commandLine().getSubcommands().values()) {
            if (!(command.getCommand() instanceof Elsewhere)) {
                found.put(command.getCommandName(), command.getCommandSpec().usageMessage().description()[0]);
            }
        }
        return found;
    }
}

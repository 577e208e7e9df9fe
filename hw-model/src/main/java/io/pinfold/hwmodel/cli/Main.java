package io.pinfold.hwmodel.cli;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Entry point of {@code ./pinfold}: finds the command, runs it, and turns its result into the exit code. */
@Command(name = "pinfold", mixinStandardHelpOptions = true, version = "pinfold 0.1.0-SNAPSHOT",
        description = "Linux's get_user_pages machinery as a Java library: jobs that show and check it.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "pinfold COMMAND --help tells more about one.",
                "Exit codes: 0 done; 1 the job ran and found something wrong, or its result could not be written;",
                "2 wrong usage; 70 to 78 the launcher could not start the command."})
public final class Main implements Runnable {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Main() {
    }

    /** Runs one command and ends the JVM with its exit code. */
    @SuppressWarnings("SystemExitOutsideMain")
    public static void main(String[] args) {
        tellLauncher();
        System.exit(run(new FileOutputStream(FileDescriptor.out), new FileOutputStream(FileDescriptor.err), args));
    }

    /**
     * Removes the file by which the launcher knows that main was not reached: from now on the exit code is that of a
     * command.
     */
    private static void tellLauncher() {
        String unreached = System.getProperty("pinfold.unreached");
        boolean _ = unreached != null && new File(unreached).delete();
    }

    /**
     * Runs one command on this thread.
     *
     * @return its exit code; 1 instead of 0 when standard output could not be written
     */
    static int run(OutputStream out, OutputStream err, String... args) {
        StandardOutput written = new StandardOutput(out);
        PrintWriter errors = new PrintWriter(new OutputStreamWriter(err, System.err.charset()), true);
        CommandLine line;
        try {
            line = commandLine();
        } catch (RuntimeException | Error e) { // a command that cannot be constructed, or a class that is missing
            e.printStackTrace(errors);
            return PinfoldCommand.NOT_STARTED;
        }
        line.setOut(
                new PrintWriter(new OutputStreamWriter(new BufferedOutputStream(written), System.out.charset()), true));
        line.setErr(errors);
        int code;
        try {
            code = line.execute(JsonTarget.prepare(args));
        } catch (Throwable e) { // an Error of the job: other threads must not keep the JVM alive now
            e.printStackTrace(line.getErr());
            code = PinfoldCommand.FOUND;
        }
        if (line.getOut().checkError()) {
            IOException problem = written.problem();
            line.getErr().println("the result cannot be written to standard output"
                    + (problem == null ? "" : ": " + problem.getMessage()));
            code = code == PinfoldCommand.DONE ? PinfoldCommand.FOUND : code;
        }
        line.getErr().flush();
        return code;
    }

    /** The command line with every command: those on the class path, and placeholders for the others. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        Map<String, CommandLine> found = new TreeMap<>();
        for (PinfoldCommand command : ServiceLoader.load(PinfoldCommand.class)) {
            CommandLine made = new CommandLine(command);
            found.put(made.getCommandName(), made);
        }
        for (CommandList.Entry entry : CommandList.listed()) {
            CommandLine here = found.remove(entry.name());
            line.addSubcommand(entry.name(), here != null ? here : Elsewhere.spec(entry));
        }
        found.forEach(line::addSubcommand);
        line.registerConverter(Path.class, new FileNames());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpWidth(100);
        line.setParameterExceptionHandler(Main::misused);
        line.setExecutionExceptionHandler(Main::failed);
        return line;
    }

    /** Prints the error in one line with a pointer to the help; the whole help would push the error off the screen. */
    private static int misused(CommandLine.ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        PrintWriter err = line.getErr();
        err.println(e.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
        hint(line, err);
        return PinfoldCommand.USAGE;
    }

    private static void hint(CommandLine line, PrintWriter err) {
        err.println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
        err.flush();
    }

    /**
     * Handles what a command threw. Wrong usage is reported with the hint, an unwritten result in one line; anything
     * else is a defect and is reported with its stack trace.
     */
    private static int failed(Exception e, CommandLine line, CommandLine.ParseResult result) {
        PrintWriter err = line.getErr();
        if (e instanceof PinfoldCommand.UsageException) {
            err.println(e.getMessage());
            hint(line, err);
            return PinfoldCommand.USAGE;
        }
        if (e instanceof PinfoldCommand.UnwrittenException) {
            err.println(e.getMessage());
            err.flush();
            return PinfoldCommand.FOUND;
        }
        e.printStackTrace(err);
        return PinfoldCommand.FOUND;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Which command?");
    }
}

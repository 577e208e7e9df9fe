package io.pinfold.hwmodel.cli;

import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Entry point of {@code ./pinfold}: finds the command, runs it, turns its answer into the exit code. */
@Command(name = "pinfold", mixinStandardHelpOptions = true, version = "pinfold 0.1.0-SNAPSHOT",
        description = "Linux's get_user_pages machinery as a Java library: jobs that show and check it.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "pinfold COMMAND --help tells more about one.",
                "Exit codes: 0 done; 1 the job ran and found something wrong; 2 wrong usage."})
public final class Main implements Runnable {

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Main() {
    }

    /** Runs one command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    /** Runs one command on this thread. */
    static int run(String... args) {
        return commandLine().execute(JsonTarget.prepare(args));
    }

    /** The command line with every command that is on the class path. */
    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        List<PinfoldCommand> commands = ServiceLoader.load(PinfoldCommand.class).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparing(command -> command.getClass().getSimpleName())).toList();
        for (PinfoldCommand command : commands) {
            line.addSubcommand(command);
        }
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpWidth(100);
        line.setParameterExceptionHandler(Main::misused);
        line.setExecutionExceptionHandler(Main::failed);
        return line;
    }

    /** What was wrong, on one line, and where to read on; the whole help would bury it. */
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

    /** A command threw. Wrong usage gets the hint; anything else is a defect and gets its stack trace. */
    private static int failed(Exception e, CommandLine line, CommandLine.ParseResult result) {
        PrintWriter err = line.getErr();
        if (e instanceof PinfoldCommand.UsageException) {
            err.println(e.getMessage());
            hint(line, err);
            return PinfoldCommand.USAGE;
        }
        e.printStackTrace(err);
        return PinfoldCommand.FOUND;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "Which command?");
    }
}

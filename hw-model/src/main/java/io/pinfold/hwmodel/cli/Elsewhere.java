package io.pinfold.hwmodel.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command whose module is not on the class path: listed by the help, and told where it is when somebody calls it. */
@Command
final class Elsewhere implements PinfoldCommand {

    private final CommandList.Entry entry;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Elsewhere(CommandList.Entry entry) {
        this.entry = entry;
    }

    /** What picocli needs to list it. */
    static CommandSpec spec(CommandList.Entry entry) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new Elsewhere(entry));
        spec.parser().unmatchedArgumentsAllowed(true); // they are for a command that is not here
        spec.usageMessage().description(entry.about());
        return spec;
    }

    @Override
    public Integer call() {
        spec.commandLine().getErr().println(entry.name() + " is a command of " + entry.module()
                + ", which is not on the class path: ./pinfold " + entry.name() + " builds and starts it");
        return NOT_STARTED;
    }
}

package io.pinfold.hwmodel.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * A command whose module is not on the class path: the help lists it, and a call of it is refused with the name of the
 * module.
 */
@Command
final class Elsewhere implements PinfoldCommand {

    private final CommandList.Entry entry;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Elsewhere(CommandList.Entry entry) {
        this.entry = entry;
    }

    /** The command's description for picocli, so that the help lists it. */
    static CommandSpec spec(CommandList.Entry entry) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new Elsewhere(entry));
        spec.parser().unmatchedArgumentsAllowed(true); // the arguments are meant for a command that is not here
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

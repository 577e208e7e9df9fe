package io.pinfold.jcstress.arch.planted;

import java.io.IOException;

/** Breaks the rule that every child process is started by ChildProcess. */
public final class StartsProcess {
    private StartsProcess() {
    }

    static int start() throws IOException, InterruptedException {
        return new ProcessBuilder("true").start().waitFor();
    }
}

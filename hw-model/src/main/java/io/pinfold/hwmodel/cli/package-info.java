/**
 * The command line: {@code ./pinfold COMMAND}. Commands implement {@link io.pinfold.hwmodel.cli.PinfoldCommand} and are
 * found by {@link java.util.ServiceLoader}, so other modules add theirs.
 *
 * <p>All commands follow the same conventions: results on standard output, progress and prose on standard error, exit
 * code 0 for done, 1 for "ran and found something wrong" or "the result could not be written", 2 for wrong usage;
 * {@code --json[=FILE]} as in {@link io.pinfold.hwmodel.cli.JsonTarget}. Every file that is written is checked before
 * the job ({@link io.pinfold.hwmodel.cli.Outputs}), and {@code Main} checks whether standard output took everything.
 */
@NullMarked
package io.pinfold.hwmodel.cli;

import org.jspecify.annotations.NullMarked;

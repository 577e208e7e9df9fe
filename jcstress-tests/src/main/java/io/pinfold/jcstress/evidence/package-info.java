/**
 * {@code pinfold evidence}: the evidence of all checks, read from the files of the other commands, as a table and as a
 * page.
 */
@NullMarked
package io.pinfold.jcstress.evidence;

import org.jspecify.annotations.NullMarked;

/** {@code pinfold evidence}: what has been tried, read from the files the other commands left, as a table and as a page. */
@NullMarked
package io.pinfold.jcstress.evidence;

import org.jspecify.annotations.NullMarked;

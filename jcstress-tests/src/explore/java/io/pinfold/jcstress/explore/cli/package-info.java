/** {@code ./pinfold explore}: the searches as a table, a violation as an interleaving in columns. */
@NullMarked
package io.pinfold.jcstress.explore.cli;

import org.jspecify.annotations.NullMarked;

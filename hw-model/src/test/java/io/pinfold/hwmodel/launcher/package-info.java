/** Tests of the scripts at the top of the tree: {@code ./pinfold}, and what {@code ./mvnw} adds to Maven. */
@NullMarked
package io.pinfold.hwmodel.launcher;

import org.jspecify.annotations.NullMarked;

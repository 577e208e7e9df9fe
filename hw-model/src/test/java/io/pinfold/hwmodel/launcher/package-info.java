/** Tests of the scripts at the top of the tree: {@code ./pinfold}, and the additions of {@code ./mvnw} to Maven. */
@NullMarked
package io.pinfold.hwmodel.launcher;

import org.jspecify.annotations.NullMarked;

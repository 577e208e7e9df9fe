/** Tests of the script {@code ./pinfold} at the top of the tree. */
@NullMarked
package io.pinfold.hwmodel.launcher;

import org.jspecify.annotations.NullMarked;

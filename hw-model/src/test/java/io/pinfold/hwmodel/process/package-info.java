/** Tests of child processes. */
@NullMarked
package io.pinfold.hwmodel.process;

import org.jspecify.annotations.NullMarked;

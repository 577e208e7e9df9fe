/** Other programs: child processes that are waited for with a limit, and git, which is asked about the code. */
@NullMarked
package io.pinfold.hwmodel.process;

import org.jspecify.annotations.NullMarked;

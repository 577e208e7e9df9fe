/** Child processes that are waited for with a limit. */
@NullMarked
package io.pinfold.hwmodel.process;

import org.jspecify.annotations.NullMarked;

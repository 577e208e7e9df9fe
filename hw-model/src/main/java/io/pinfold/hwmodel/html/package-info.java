/** Self-contained HTML pages: one palette and one style for the output of {@code --html}. */
@NullMarked
package io.pinfold.hwmodel.html;

import org.jspecify.annotations.NullMarked;

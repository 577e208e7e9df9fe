/** Pages that need nothing else: one palette, one style, for what commands write with {@code --html}. */
@NullMarked
package io.pinfold.hwmodel.html;

import org.jspecify.annotations.NullMarked;

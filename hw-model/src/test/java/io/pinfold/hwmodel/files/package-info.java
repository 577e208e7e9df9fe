@NullMarked
package io.pinfold.hwmodel.files;

import org.jspecify.annotations.NullMarked;

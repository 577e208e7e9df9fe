/**
 * Files that a job writes: which of them are one and the same, and how one gets its name only when it is complete.
 */
@NullMarked
package io.pinfold.hwmodel.files;

import org.jspecify.annotations.NullMarked;

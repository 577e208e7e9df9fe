/**
 * Files that a job writes: how files are compared by identity, and how a file gets its name only when it is complete.
 */
@NullMarked
package io.pinfold.hwmodel.files;

import org.jspecify.annotations.NullMarked;

/** What users build with the library, as the README shows it. */
@NullMarked
package io.pinfold.fastpath.example;

import org.jspecify.annotations.NullMarked;

/** The library as its users get it: installed jars, a project of their own, the example of the README. */
@NullMarked
package io.pinfold.fastpath.consumer;

import org.jspecify.annotations.NullMarked;

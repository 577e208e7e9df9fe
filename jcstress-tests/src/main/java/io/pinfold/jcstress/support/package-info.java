/** The parts of race tests that repeat: cells for the models, machines and opponents for shipping code. */
@NullMarked
package io.pinfold.jcstress.support;

import org.jspecify.annotations.NullMarked;

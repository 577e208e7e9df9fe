/** What the race tests stand on: cells for the models, machines of shipping code for the real ones. */
@NullMarked
package io.pinfold.jcstress.support;

import org.jspecify.annotations.NullMarked;

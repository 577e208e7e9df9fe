package io.pinfold.jcstress.explore.search;

import io.pinfold.jcstress.explore.memory.Op;

/** Lowers the access mode of places in the source, to see which scenario misses it. */
@FunctionalInterface
public interface ModeLens {

    /** The mode in which an access at a site goes; a fence that goes PLAIN is left out. */
    Op.Mode at(Site site, Op.Kind kind, Op.Mode mode);
}

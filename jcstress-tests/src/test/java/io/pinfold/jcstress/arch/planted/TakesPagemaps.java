package io.pinfold.jcstress.arch.planted;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemaps;
import java.util.List;

/** Takes what users may implement although the library alone is to; a planted offender. */
public final class TakesPagemaps {
    /** Would have to cast. */
    public TakesPagemaps(DevPagemap pagemap) {
        take(List.of(), null);
    }

    /** So would this; callbacks are meant to be implemented. */
    public static void take(List<DevPagemaps> pagemaps, DevPagemapOps callbacks) {
        pagemaps.clear();
    }
}

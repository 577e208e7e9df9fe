package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.search.Site;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Names for where accesses stand. */
final class Places {
    /** Classes whose methods are one access each: what matters is who calls. */
    private static final Set<String> ACCESSORS = Set.of("Entries", "PageRefs", "PageFlags", "Compound", "PageType",
            "MemoryState", "Zone");

    private final MethodLines lines = new MethodLines();
    private final Map<Site, String> frames = new HashMap<>();
    private final Map<List<Site>, String> names = new IdentityHashMap<>();

    /** The name of a place, or the empty one if it is not in core or fastpath. */
    String name(List<Site> sites) {
        return names.computeIfAbsent(sites, this::find);
    }

    private String find(List<Site> sites) {
        StringBuilder name = new StringBuilder();
        for (Site site : sites) {
            if (!isProtocol(site)) {
                return ""; // a step of an opponent, which is not shipping code
            }
            name.append(name.isEmpty() ? "" : " < ").append(frames.computeIfAbsent(site, this::frame));
            if (!ACCESSORS.contains(simpleName(site))) {
                return name.toString();
            }
        }
        return name.toString();
    }

    private static boolean isProtocol(Site site) {
        return site.className().startsWith("io.pinfold.core.") || site.className().startsWith("io.pinfold.fastpath.");
    }

    private static String simpleName(Site site) {
        return site.className().substring(site.className().lastIndexOf('.') + 1);
    }

    private String frame(Site site) {
        return simpleName(site) + "." + site.method() + "+"
                + lines.offset(site.className(), site.method(), site.line());
    }
}

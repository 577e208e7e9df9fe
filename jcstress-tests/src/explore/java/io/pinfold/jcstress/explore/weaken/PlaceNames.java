package io.pinfold.jcstress.explore.weaken;

import io.pinfold.jcstress.explore.search.Site;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The names of the places of accesses: {@code Entries.load#1 < PteRange.grab#2}. */
final class PlaceNames {
    /** Classes whose methods are one access each: their callers distinguish accesses. */
    private static final Set<String> ACCESSORS = Set.of("Entries", "PageRefs", "PageFlags", "Compound", "PageType",
            "MemoryState", "Zone", "FrameVersion");
    /** Methods of these classes that are a step of a protocol for all callers, including opponents. */
    private static final Set<String> PROTOCOLS = Set.of("lock", "unlock", "freeze", "unfreeze", "subAndTest");

    private final CallOrdinals ordinals = new CallOrdinals();
    private final Map<Frame, String> frames = new HashMap<>();
    private final Map<List<Site>, String> names = new IdentityHashMap<>();

    /** A place and the method it calls; the empty string if that is an access. */
    private record Frame(Site site, String callee) {
    }

    /** The name of a place, or the empty one if it is not in core or fastpath. */
    String name(List<Site> sites) {
        return names.computeIfAbsent(sites, this::find);
    }

    private String find(List<Site> sites) {
        StringBuilder name = new StringBuilder();
        String callee = "";
        for (Site site : sites) {
            if (!isProtocol(site)) {
                return ""; // a step of an opponent, which is not shipping code
            }
            name.append(name.isEmpty() ? "" : " < ")
                    .append(frames.computeIfAbsent(new Frame(site, callee), this::name));
            if (!ACCESSORS.contains(simpleName(site)) || PROTOCOLS.contains(site.method())) {
                return name.toString();
            }
            callee = site.method();
        }
        return name.toString();
    }

    private static boolean isProtocol(Site site) {
        return site.className().startsWith("io.pinfold.core.") || site.className().startsWith("io.pinfold.fastpath.");
    }

    private static String simpleName(Site site) {
        return site.className().substring(site.className().lastIndexOf('.') + 1);
    }

    private String name(Frame frame) {
        Site site = frame.site();
        return simpleName(site) + "." + site.method()
                + (frame.callee().isEmpty() ? ordinals.access(site) : ordinals.call(site, frame.callee()));
    }
}

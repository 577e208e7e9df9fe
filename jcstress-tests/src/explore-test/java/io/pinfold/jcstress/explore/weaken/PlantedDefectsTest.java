package io.pinfold.jcstress.explore.weaken;

import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.jcstress.explore.Mode;
import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.scenario.Scenario;
import io.pinfold.jcstress.explore.search.AccessInterceptor;
import io.pinfold.jcstress.explore.search.Limits;
import io.pinfold.jcstress.explore.search.Result;
import io.pinfold.jcstress.explore.search.Search;
import io.pinfold.jcstress.explore.search.Site;
import java.util.List;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Access modes that are too weak, planted in the shipping code. They are found in the memory where they matter, and not
 * in a stronger one.
 */
class PlantedDefectsTest {

    /** An access by its place, in another mode, and if it is a read-modify-write as a load and a store. */
    private record Plant(Op.Kind kind, String place, Op.Mode to, PlaceNames placeNames) implements AccessInterceptor {
        private static boolean hit;

        @Override
        public boolean selects(Op op) {
            hit = false;
            return op.kind == kind && op.mode != to;
        }

        @Override
        public void intercept(Op op, List<Site> sites) {
            hit = Pattern.matches(place, placeNames.name(sites));
            if (hit) {
                op.mode = to;
            }
        }

        @Override
        public boolean splits() {
            return hit && kind != Op.Kind.LOAD && kind != Op.Kind.STORE;
        }
    }

    private static Result search(String scenario, Mode mode, Op.Kind kind, String place, Op.Mode to) {
        Scenario found = ServiceLoader.load(Scenario.class).stream().map(ServiceLoader.Provider::get)
                .filter(each -> each.name().equals(scenario)).findAny().orElseThrow();
        Limits limits = Limits.ALL.withBound(2).stoppingAtFirst(true);
        try (Search search = new Search(found, mode, limits, new Plant(kind, place, to, new PlaceNames()))) {
            return search.run();
        }
    }

    private static void assertFound(Result result) {
        assertThat(result.violation()).as("%s in %s, %s runs", result.scenario(), result.mode(), result.runs())
                .isNotNull();
    }

    private static void assertNotFound(Result result) {
        assertThat(result.complete()).isTrue();
        assertThat(result.violation()).isNull();
    }

    /** UNMAP1 as a load and a release store: the count is read while the store waits in the buffer. */
    @Test
    void clearingAnEntryByAStoreIsFoundInTso() {
        String clear = "Entries.exchange#\\d+ < PageTables.clear#\\d+";
        assertFound(search("pin-vs-reclaim", Mode.TSO, Op.Kind.EXCHANGE, clear, Op.Mode.RELEASE));
        assertNotFound(search("pin-vs-reclaim", Mode.SC, Op.Kind.EXCHANGE, clear, Op.Mode.RELEASE));
    }

    /** ALLOC3: the count overtakes the record that it publishes. */
    @Test
    void opaquePublicationIsFoundInPso() {
        String publish = "PageRefs.setCount.* < FrameLife.*";
        assertFound(search("grab-vs-reuse-as-head", Mode.PSO, Op.Kind.STORE, publish, Op.Mode.OPAQUE));
        assertNotFound(search("grab-vs-reuse-as-head", Mode.TSO, Op.Kind.STORE, publish, Op.Mode.OPAQUE));
    }

    /** PAGE1: the previous content of the record is still read after the record became this page's. */
    @Test
    void anEntryLoadedOpaqueIsFoundWithViews() {
        String entry = "Entries.load#\\d+ < (PteRange|FolioRun)\\..*";
        assertFound(search("pin-vs-install", Mode.VIEW, Op.Kind.LOAD, entry, Op.Mode.OPAQUE));
        assertNotFound(search("pin-vs-install", Mode.TSO, Op.Kind.LOAD, entry, Op.Mode.OPAQUE));
    }

    /** SLOT3 of the locked form without a fence behind it: the walk reads tables before its slot is seen as open. */
    @Test
    void enteringASlotWithoutAFenceIsFoundInTso() {
        String enter = "SessionSlot.enter#\\d+";
        assertFound(search("slot-vs-scan", Mode.TSO, Op.Kind.STORE, enter, Op.Mode.RELEASE));
        assertNotFound(search("slot-vs-scan", Mode.SC, Op.Kind.STORE, enter, Op.Mode.RELEASE));
    }

    /** SLOT3 of the form with a heavy fence: the scan reads it in the place of the SLOT6 that it overwrote. */
    @Test
    void enteringASlotByAnOpaqueStoreIsFoundWithViews() {
        String enter = "SessionSlot.enter#\\d+";
        assertFound(search("slot-twice-vs-scan-fenced", Mode.VIEW, Op.Kind.STORE, enter, Op.Mode.OPAQUE));
        assertNotFound(search("slot-vs-scan-fenced", Mode.VIEW, Op.Kind.STORE, enter, Op.Mode.OPAQUE));
        assertNotFound(search("slot-twice-vs-scan-fenced", Mode.TSO, Op.Kind.STORE, enter, Op.Mode.OPAQUE));
    }

    /** SLOT6: the last loads of the walk are not ordered before the table's next life. */
    @Test
    void leavingASlotByAnOpaqueStoreIsARace() {
        String exit = "WalkerSlot.exit#\\d+";
        assertFound(search("walk-vs-table-free", Mode.VIEW, Op.Kind.STORE, exit, Op.Mode.OPAQUE));
        assertNotFound(search("walk-vs-table-free", Mode.PSO, Op.Kind.STORE, exit, Op.Mode.OPAQUE));
    }
}

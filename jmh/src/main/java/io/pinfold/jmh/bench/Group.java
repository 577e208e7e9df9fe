package io.pinfold.jmh.bench;

import io.pinfold.jmh.support.PresentPages;
import io.pinfold.jmh.support.PresentPages.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Rows that are measured together in one JVM that has run no other rows. HotSpot would apply its profile of one batch
 * size to the others; {@link #MIXED} shows what that costs.
 */
@SuppressWarnings("ImmutableEnumChecker") // suppliers without state, unmodifiable lists
enum Group {
    POOL_READ(() -> new PoolRows(PoolRows.READ), PoolRows.READ),
    POOL_PIN(() -> new PoolRows(PoolRows.PIN), PoolRows.PIN),
    POOL_HIT(() -> new PoolRows(PoolRows.HIT), PoolRows.HIT),
    POOL_TWO_READ(() -> new PoolRows(PoolRows.TWO_READ), PoolRows.TWO_READ),
    POOL_TWO_PIN(() -> new PoolRows(PoolRows.TWO_PIN), PoolRows.TWO_PIN),
    ORDER0_1(() -> PageRows.lists("order0", new PresentPages(1)), "order0", 1),
    ORDER0_8(() -> PageRows.lists("order0", new PresentPages(8)), "order0", 8),
    ORDER0_64(() -> PageRows.lists("order0", new PresentPages(64)), "order0", 64),
    ORDER0_512(() -> PageRows.lists("order0", new PresentPages(512)), "order0", 512),
    FOLIO16_LIST(() -> PageRows.lists("folio16.list", new PresentPages(Kind.FOLIO16, 512, 512, null)), "folio16.list",
            512),
    FOLIO16_EXTENTS(() -> PageRows.extents("folio16.extents", new PresentPages(Kind.FOLIO16, 512, 512, null)),
            "folio16.extents", 512),
    PMD_EXTENTS(() -> PageRows.extents("pmd.extents", new PresentPages(Kind.PMD, 512, 512, null)), "pmd.extents", 512),
    COLD_SEQUENTIAL(() -> PageRows.lists("cold.sequential", new PresentPages(Kind.ORDER0, 512, Group.COLD_PAGES, null)),
            "cold.sequential", 512),
    COLD_RANDOM(() -> PageRows.lists("cold.random",
            new PresentPages(Kind.ORDER0, 512, Group.COLD_PAGES, new Random(1))), "cold.random", 512),
    MIXED(MixedRows::new, List.of("mixed")),
    SPACE(SpaceRows::new, SpaceRows.IDS),
    THREADS(ThreadRows::new, ThreadRows.IDS), THREADS_HANDLE(ThreadHandleRows::new, ThreadHandleRows.IDS),
    HANDLE_GET(() -> new HandleRows(HandleRows.GET), HandleRows.GET),
    HANDLE_PIN(() -> new HandleRows(HandleRows.PIN), HandleRows.PIN),
    HANDLE_MIXED(() -> new HandleRows(HandleRows.MIXED), HandleRows.MIXED),
    HANDLE_SCOPED(() -> new ScopeRows(ScopeRows.PIN), ScopeRows.PIN),
    READ_VALIDATED(ReadRows::new, ReadRows.VALIDATED),
    READ_PROTECTED(() -> new ScopeRows(ScopeRows.READ), ScopeRows.READ),
    READ_PROTECTED_64(() -> new ScopeRows(ScopeRows.MANY), ScopeRows.MANY),
    FAULT_FIRST(FaultRows::first, FaultRows.FIRST), FAULT_COW(FaultRows::cow, FaultRows.COW),
    FAULT_HUGETLB(FaultRows::hugetlb, FaultRows.HUGETLB),
    FAULT_HUGETLB_MAPPED(FaultRows::hugetlbMapped, FaultRows.HUGETLB_MAPPED),
    MUNMAP_PAGE(MunmapRow::new, MunmapRow.ID),
    NETTY_LIST(() -> new NettyRows(NettyRows.LIST), List.of(NettyRows.LIST)),
    NETTY_EXTENTS(() -> new NettyRows(NettyRows.EXTENTS), List.of(NettyRows.EXTENTS)),
    ALTERNATIVES(AlternativeRows::new, AlternativeRows.IDS),
    KERNEL(KernelRows::new, KernelRows.IDS);

    /** 1 GiB. */
    private static final int COLD_PAGES = 1 << 18;

    private final Supplier<Rows> rows;
    private final List<String> ids;

    Group(Supplier<Rows> rows, String kind, int pages) {
        this(rows, List.of(kind + ".get." + pages, kind + ".pin." + pages));
    }

    Group(Supplier<Rows> rows, String id) {
        this(rows, List.of(id));
    }

    Group(Supplier<Rows> rows, List<String> ids) {
        this.rows = rows;
        this.ids = ids;
    }

    /** Sets up the rows' memory and returns the rows to measure. */
    Rows rows() {
        return rows.get();
    }

    /** The rows that a run of this group must give, measured or not. */
    List<String> ids() {
        return ids;
    }

    /** The group with this name on a command line. */
    static Group named(String name) {
        return valueOf(name);
    }

    /** Whether a change of Pinfold can change the rows; the other groups measure alternatives. */
    boolean isOurs() {
        return this != ALTERNATIVES && this != KERNEL;
    }

    static List<Group> all() {
        return new ArrayList<>(List.of(values()));
    }

    /** Rows that can be measured in one JVM. */
    interface Rows {
        /**
         * Measures the rows, then closes their memory.
         *
         * @param rounds slices of each variant
         * @param seed   of the orders of the rounds
         */
        List<Figure> measure(int rounds, long seed);
    }
}

package io.pinfold.jmh.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.pinfold.jmh.RatioHarness;
import io.pinfold.jmh.RatioHarness.Result;
import io.pinfold.jmh.RatioHarness.Variant;
import io.pinfold.jmh.support.PresentPages;
import io.pinfold.jmh.support.PresentPages.Kind;
import java.util.List;

/**
 * Rows of a get and put of a page of a 16-page folio, against Netty's retain and release of a buffer; the ratio is a
 * speed-up.
 */
final class NettyRows implements Group.Rows {
    static final String LIST = "netty.folio16.list";
    static final String EXTENTS = "netty.folio16.extents";

    private static final int PAGES = 512;
    private static final int PAGE_BYTES = 4096;

    private final String id;
    private final PresentPages present = new PresentPages(Kind.FOLIO16, PAGES, PAGES, null);
    private final ByteBuf[] buffers = buffers();

    NettyRows(String id) {
        this.id = id;
    }

    static ByteBuf[] buffers() {
        ByteBuf[] buffers = new ByteBuf[PAGES];
        for (int i = 0; i < PAGES; i++) {
            buffers[i] = PooledByteBufAllocator.DEFAULT.directBuffer(PAGE_BYTES);
        }
        return buffers;
    }

    /** Runs retain of all buffers, then release of all, {@code calls} times. */
    static int retainAndRelease(ByteBuf[] buffers, int calls) {
        int done = 0;
        for (int i = 0; i < calls; i++) {
            for (ByteBuf buffer : buffers) {
                done += buffer.retain().refCnt();
            }
            for (ByteBuf buffer : buffers) {
                done += buffer.release() ? 1 : 0;
            }
        }
        return done;
    }

    @Override
    public List<Figure> measure(int rounds, long seed) {
        RatioHarness harness = new RatioHarness(seed);
        int ours = harness.add(new Variant("folio16", PAGES,
                id.equals(LIST) ? present::getAndPut : present::getAndPutExtents));
        harness.add(new Variant("netty", PAGES, calls -> retainAndRelease(buffers, calls)));
        List<Result> results = harness.run(rounds, new int[]{ours, ours});
        present.checkBalanced();
        present.close();
        for (ByteBuf buffer : buffers) {
            buffer.release();
        }
        Result netty = results.getLast();
        return List.of(new Figure(id, results.getFirst().nanos(), netty.ratio(), netty.p25(), netty.p75(),
                Yardstick.NETTY_TIMES, ""));
    }
}

package io.pinfold.hwmodel.guptest;

import static io.pinfold.hwmodel.guptest.GupClause.GUP1;
import static io.pinfold.hwmodel.guptest.GupClause.GUP16;
import static io.pinfold.hwmodel.guptest.GupClause.GUP2;
import static io.pinfold.hwmodel.guptest.GupClause.GUP3;
import static io.pinfold.hwmodel.guptest.GupClause.GUP4;
import static io.pinfold.hwmodel.guptest.GupClause.GUP5;
import static io.pinfold.hwmodel.guptest.GupClause.GUP6;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.zone.MigrateType;
import io.pinfold.core.page.PageRefs;
import io.pinfold.hwmodel.guptest.GupScene.Moment;
import io.pinfold.hwmodel.guptest.GupScene.Setting;
import java.util.List;

/** What is planted in pages and counters while a slice is held, after it was given back, and at the end. */
final class SlicePlants {

    private SlicePlants() {
    }

    static List<GupPlant> all() {
        return List.of(
                GupPlant.of(GUP1, "a page without the pins of its callers", Moment.HELD, scene -> {
                    add(scene, -2 * PageRefs.PIN_BIAS);
                    scene.tells("page #17 after PIN_BASIC_TEST: ");
                }),
                GupPlant.of(GUP2, "a pageblock in which nothing may stay", Moment.HELD, scene -> {
                    isolate(scene);
                    scene.tells("page #0 after PIN_LONGTERM_BENCHMARK: ");
                }).in(Setting.LONGTERM),
                GupPlant.of(GUP3, "a page that keeps a pin", Moment.GIVEN_BACK, scene -> {
                    add(scene, PageRefs.PIN_BIAS);
                    scene.tells("page #17 after PIN_BASIC_TEST was given back: ");
                }),
                GupPlant.of(GUP4, "a pin counted that is not held", Moment.HELD, scene -> {
                    scene.countAcquired(1);
                    scene.tells("513 pins acquired - 0 released = 513, but 512 are held by PIN_BASIC_TEST");
                }),
                GupPlant.of(GUP4, "a pin held that is not counted", Moment.HELD, scene -> {
                    scene.countAcquired(-1);
                    scene.tells("511 pins acquired - 0 released = 511, but 512 are held by PIN_BASIC_TEST");
                }),
                GupPlant.of(GUP4, "a pin counted while references are held", Moment.HELD, scene -> {
                    scene.countAcquired(1);
                    scene.tells("1 pins acquired - 0 released = 1, but 0 are held by GUP_FAST_BENCHMARK");
                }).in(Setting.GETS),
                GupPlant.of(GUP5, "a pin counted that is not released", Moment.GIVEN_BACK, scene -> {
                    scene.countAcquired(1);
                    scene.tells("513 pins acquired - 512 released = 1, but 0 are held after PIN_BASIC_TEST was given");
                }),
                GupPlant.of(GUP5, "a pin released that is not counted", Moment.GIVEN_BACK, scene -> {
                    scene.countAcquired(-1);
                    scene.tells("511 pins acquired - 512 released = -1, but 0 are held after PIN_BASIC_TEST was given");
                }),
                GupPlant.of(GUP6, "a frame that was not given back", Moment.END, scene -> {
                    long pfn = Bridge.core(scene.run().memory()).blocks().allocate(0, Blocks.NORMAL);
                    scene.tells("frame " + pfn + ": IDLE1 ");
                }).with(GUP16),
                GupPlant.of(GUP6, "a zero page without a reference", Moment.END, scene -> {
                    long pfn = scene.run().memory().zeroPfn();
                    long record = Bridge.core(scene.run().memory()).recordAddress(pfn);
                    boolean _ = PageRefs.subAndTest(record, PageRefs.refCount(record));
                    scene.tells("frame " + pfn + ": ZONE25 ");
                }));
    }

    /** References more on page 17, until the next check is over. */
    private static void add(GupScene scene, int references) {
        long record = scene.record(17);
        PageRefs.add(record, references);
        scene.afterwards(() -> PageRefs.add(record, -references));
    }

    /** Pages of this pageblock may not stay, as while memory is offlined, until the next check is over. */
    private static void isolate(GupScene scene) {
        Blocks blocks = Bridge.core(scene.run().memory()).blocks();
        long pfn = scene.frame(0);
        int before = blocks.migrateTypeOf(pfn);
        blocks.setMigrateType(pfn, MigrateType.ISOLATE);
        scene.afterwards(() -> blocks.setMigrateType(pfn, before));
    }
}

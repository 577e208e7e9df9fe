package io.pinfold.hwmodel.guptest;

import static io.pinfold.hwmodel.guptest.GupClause.GUP10;
import static io.pinfold.hwmodel.guptest.GupClause.GUP11;
import static io.pinfold.hwmodel.guptest.GupClause.GUP12;
import static io.pinfold.hwmodel.guptest.GupClause.GUP13;
import static io.pinfold.hwmodel.guptest.GupClause.GUP14;
import static io.pinfold.hwmodel.guptest.GupClause.GUP15;
import static io.pinfold.hwmodel.guptest.GupClause.GUP16;
import static io.pinfold.hwmodel.guptest.GupClause.GUP6;
import static io.pinfold.hwmodel.guptest.GupClause.GUP7;
import static io.pinfold.hwmodel.guptest.GupClause.GUP8;
import static io.pinfold.hwmodel.guptest.GupClause.GUP9;
import static org.assertj.core.api.Assertions.assertThat;

import io.pinfold.core.device.DevPagemap;
import io.pinfold.core.device.DevPagemapOps;
import io.pinfold.core.device.DevPagemapOptions;
import io.pinfold.core.device.DevPagemapType;
import io.pinfold.core.device.DevPagemaps;
import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.memory.PhysicalMemory;
import io.pinfold.core.mm.MapFlags;
import io.pinfold.core.mm.Prot;
import io.pinfold.core.page.PageRefs;
import io.pinfold.hwmodel.dma.DmaEngine;
import io.pinfold.hwmodel.guptest.GupScene.Moment;
import io.pinfold.hwmodel.guptest.GupScene.Setting;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** What is planted in the test itself: in its range, its calls, and in what it gives back. */
final class RunPlants {

    private static final long BYTES = GupScene.PAGES * 4096L;

    private RunPlants() {
    }

    static List<GupPlant> all() {
        return List.of(
                GupPlant.of(GUP7, "a range that ends early", Moment.SET_UP, scene -> {
                    unmap(scene, 250);
                    scene.tells("ended at page 250 of 256");
                }),
                GupPlant.of(GUP8, "an address space that is full", Moment.OPEN, scene -> {
                    fill(scene);
                    scene.tells("mmap of 1048576 bytes: ENOMEM");
                }),
                GupPlant.of(GUP9, "advice for a range that is not mapped", Moment.MAPPED, scene -> {
                    unmap(scene, 0);
                    scene.tells("madvise(MADV_HUGEPAGE): ENOMEM");
                }).in(Setting.HUGE),
                GupPlant.of(GUP9, "advice against, for a range that is not mapped", Moment.MAPPED, scene -> {
                    unmap(scene, 0);
                    scene.tells("madvise(MADV_NOHUGEPAGE): ENOMEM");
                }).in(Setting.SMALL),
                GupPlant.of(GUP10, "a last page that is not mapped", Moment.MAPPED, scene -> {
                    unmap(scene, GupScene.PAGES - 1);
                    scene.tells("touching the pages: ");
                }),
                GupPlant.of(GUP11, "callers that are closed", Moment.SET_UP, scene -> {
                    scene.run().callers().forEach(Caller::close);
                    scene.tells("closed");
                }),
                GupPlant.of(GUP12, "a caller that meets a contradiction", Moment.A_CALL_IS_DONE, scene -> {
                    scene.tells("of a caller");
                    throw new IllegalStateException("of a caller", new MemoryModelError("planted"));
                }),
                // The reference of a mapping is dropped, and dropped again when the address space closes.
                GupPlant.of(GUP13, "a page that the address space gives back twice", Moment.END, scene -> {
                    boolean _ = PageRefs.subAndTest(scene.record(3), 1);
                    scene.tells("put of 1 references on 0 of page " + scene.frame(3));
                }).with(GUP6, GUP16),
                GupPlant.of(GUP14, "a caller at work on another thread", Moment.END, RunPlants::attachElsewhere),
                GupPlant.of(GUP15, "a page whose device throws", Moment.END, RunPlants::moveToDevice)
                        .with(GUP6, GUP16),
                GupPlant.of(GUP16, "an engine that was left open", Moment.END, scene -> {
                    PhysicalMemory memory = scene.run().memory();
                    DmaEngine left = DmaEngine.open(memory, "left", 1);
                    scene.afterwards(() -> {
                        left.close();
                        memory.close();
                    });
                    scene.tells(left.toString().replaceFirst(" \\(.*", ""));
                }));
    }

    /** Unmaps the range from a page on. */
    private static void unmap(GupScene scene, int page) {
        long from = page * 4096L;
        assertThat(scene.run().space().munmap(scene.run().address() + from, BYTES - from)).isZero();
    }

    /** Maps as much as there is room for, the largest pieces first, until not even the range fits. */
    private static void fill(GupScene scene) {
        for (long bytes = 1L << 62; bytes >= 4096; bytes >>= 1) {
            long at = 0;
            while (at >= 0) {
                at = scene.run().space().mmap(0, bytes, Prot.NONE, MapFlags.PRIVATE | MapFlags.ANONYMOUS);
            }
        }
    }

    private static void attachElsewhere(GupScene scene) {
        CountDownLatch attached = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Thread other = Thread.ofPlatform().start(() -> {
            scene.run().callers().getFirst().session().attach();
            attached.countDown();
            await(over);
        });
        await(attached);
        scene.afterwards(() -> {
            over.countDown();
            join(other);
        });
        scene.tells("belongs to");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A page of the range moves to a device that throws when the page is given back. */
    private static void moveToDevice(GupScene scene) {
        PhysicalMemory memory = scene.run().memory();
        DevPagemap pagemap = memory.pagemaps().add(DevPagemapOptions
                .of(DevPagemapType.PRIVATE, memory.deviceStart(), DevPagemaps.GRANULE_FRAMES)
                .withOps(new DevPagemapOps() {
                    @Override
                    public void pageFree(DevPagemap from, long headPfn) {
                        throw new IllegalStateException("planted");
                    }
                }));
        assertThat(scene.run().space().migrateToDevice(scene.run().address(), memory.deviceStart())).isZero();
        scene.afterwards(() -> {
            pagemap.kill();
            pagemap.awaitDone();
            pagemap.close();
            memory.close();
        });
        scene.tells("planted");
    }
}

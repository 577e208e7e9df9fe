package io.pinfold.hwmodel.copy;

import static io.pinfold.hwmodel.copy.CopyClause.JOB1;
import static io.pinfold.hwmodel.copy.CopyClause.JOB10;
import static io.pinfold.hwmodel.copy.CopyClause.JOB11;
import static io.pinfold.hwmodel.copy.CopyClause.JOB12;
import static io.pinfold.hwmodel.copy.CopyClause.JOB13;
import static io.pinfold.hwmodel.copy.CopyClause.JOB14;
import static io.pinfold.hwmodel.copy.CopyClause.JOB15;
import static io.pinfold.hwmodel.copy.CopyClause.JOB16;
import static io.pinfold.hwmodel.copy.CopyClause.JOB5;

import io.pinfold.core.gup.MemoryModelError;
import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.page.PageRefs;
import io.pinfold.hwmodel.copy.CopyScene.Moment;
import io.pinfold.hwmodel.copy.CopyScene.Setting;
import io.pinfold.hwmodel.dma.Completions;
import io.pinfold.hwmodel.dma.DmaEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** What is planted in the job itself: on the threads of driver and engine, and in what is given back. */
final class JobPlants {

    private JobPlants() {
    }

    static List<CopyPlant> all() {
        return List.of(
                CopyPlant.of(JOB10, "a source that is shorter than it was", Moment.OPEN, JobPlants::shorten),
                CopyPlant.of(JOB10, "a rival that throws", Moment.OPEN, scene -> {
                    scene.run().rivals().failed(new IllegalStateException("planted"));
                    scene.tells("a rival failed: java.lang.IllegalStateException: planted");
                }),
                CopyPlant.of(JOB11, "a callback that throws", Moment.A_CHUNK_IS_COPIED, scene -> {
                    scene.tells("java.lang.IllegalStateException: planted");
                    throw new IllegalStateException("planted");
                }),
                CopyPlant.of(JOB12, "an interrupt that throws", Moment.ALL_IS_COPIED, scene -> {
                    scene.run().engine().onInterrupt(() -> {
                        throw new IllegalStateException("planted");
                    });
                    Completions.complete(scene.run().engine(), scene.transfer());
                    scene.tells("the engine threw java.lang.IllegalStateException: planted");
                }),
                CopyPlant.of(JOB13, "a frame freed twice", Moment.A_CHUNK_IS_COPIED, JobPlants::freeTwice),
                CopyPlant.of(JOB13, "a rival that meets a contradiction", Moment.OPEN, scene -> {
                    scene.run().rivals().failed(new MemoryModelError("planted"));
                    scene.tells("a rival failed: io.pinfold.core.gup.MemoryModelError: planted");
                }),
                // The reference of a mapping is dropped, and dropped again when the address space closes.
                CopyPlant.of(JOB14, "a reference dropped twice", Moment.ALL_IS_COPIED, scene -> {
                    long pfn = scene.userFrame();
                    boolean _ = PageRefs.subAndTest(Bridge.core(scene.memory()).recordAddress(pfn), 1);
                    scene.tells("put of 1 references on 0 of page " + pfn);
                }).with(JOB1, JOB16),
                // A device that ends the job while it is at work: its engine cannot wait for it.
                CopyPlant.of(JOB15, "an engine that cannot be closed", Moment.ALL_IS_COPIED, scene -> {
                    DiscardingDevice device = new DiscardingDevice(scene.run()::tearDown);
                    Completions.complete(scene.run().engine(), device.take(scene.memory(), scene.userFrame()));
                    scene.run().engine().close();
                    scene.tells("giving back the engine: ");
                }).with(JOB5), // its frame is freed meanwhile
                CopyPlant.of(JOB16, "an engine that was left open", Moment.TORN_DOWN, scene -> {
                    DmaEngine left = DmaEngine.open(scene.memory(), "left", 1);
                    scene.afterwards(() -> {
                        left.close();
                        scene.memory().close();
                    });
                    scene.tells("giving back the memory: ");
                }));
    }

    private static void shorten(CopyScene scene) {
        try (FileChannel channel = FileChannel.open(scene.files.source, StandardOpenOption.WRITE)) {
            channel.truncate(50_000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        scene.tells("ended after 50000 bytes");
    }

    private static void freeTwice(CopyScene scene) {
        long pfn = Bridge.core(scene.memory()).blocks().allocate(0, Blocks.NORMAL);
        scene.tells("cannot free page " + pfn);
        boolean _ = PageRefs.subAndTest(Bridge.core(scene.memory()).recordAddress(pfn), 1);
        for (int i = 0; i < 2; i++) {
            FreeBatch batch = new FreeBatch(Bridge.core(scene.memory()));
            batch.add(pfn);
            int _ = batch.drain();
        }
    }
}

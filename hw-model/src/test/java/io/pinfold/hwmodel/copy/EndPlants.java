package io.pinfold.hwmodel.copy;

import static io.pinfold.hwmodel.copy.CopyClause.JOB1;
import static io.pinfold.hwmodel.copy.CopyClause.JOB16;
import static io.pinfold.hwmodel.copy.CopyClause.JOB2;
import static io.pinfold.hwmodel.copy.CopyClause.JOB3;
import static io.pinfold.hwmodel.copy.CopyClause.JOB4;
import static io.pinfold.hwmodel.copy.CopyClause.JOB5;
import static io.pinfold.hwmodel.copy.CopyClause.JOB6;
import static io.pinfold.hwmodel.copy.CopyClause.JOB7;
import static io.pinfold.hwmodel.copy.CopyClause.JOB8;
import static io.pinfold.hwmodel.copy.CopyClause.JOB9;

import io.pinfold.core.internal.Bridge;
import io.pinfold.core.memory.PageBatch;
import io.pinfold.core.memory.frame.Blocks;
import io.pinfold.core.memory.frame.FreeBatch;
import io.pinfold.core.memory.frame.Grab;
import io.pinfold.core.memory.frame.MemoryCore;
import io.pinfold.core.page.PageRefs;
import io.pinfold.core.words.Words;
import io.pinfold.hwmodel.copy.CopyScene.Moment;
import io.pinfold.hwmodel.copy.CopyScene.Setting;
import io.pinfold.hwmodel.dma.Completions;
import io.pinfold.hwmodel.dma.Frames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** What is planted in the memory, the engine, the pages of rivals and the files, which are compared at the end. */
final class EndPlants {

    private EndPlants() {
    }

    static List<CopyPlant> all() {
        return List.of(
                CopyPlant.of(JOB1, "a reference that was not given back", Moment.ALL_IS_COPIED, scene -> {
                    long pfn = scene.userFrame();
                    PageRefs.getPage(Bridge.core(scene.memory()).recordAddress(pfn));
                    scene.tells("frame " + pfn + ": IDLE1 ");
                }).with(JOB16),
                CopyPlant.of(JOB1, "a zero page without a reference", Moment.TORN_DOWN, EndPlants::dropZeroPage),
                CopyPlant.of(JOB2, "a release that was not counted", Moment.TORN_DOWN, scene -> {
                    released(scene, -1);
                    scene.tells("node 0: 25 pins acquired, 24 released");
                }).with(JOB1),
                CopyPlant.of(JOB2, "a release that was counted twice", Moment.TORN_DOWN, scene -> {
                    released(scene, 1);
                    scene.tells("node 0: 25 pins acquired, 26 released");
                }).with(JOB1),
                CopyPlant.of(JOB3, "a descriptor completed twice", Moment.ALL_IS_COPIED, scene -> {
                    Completions.completeTwice(scene.run().engine(), scene.transfer());
                    scene.tells("1 completion(s) of descriptors that were not running");
                }),
                CopyPlant.of(JOB4, "a descriptor never completed", Moment.ALL_IS_COPIED, scene -> {
                    Completions.loseOne(scene.run().engine(), scene.transfer(), scene.transfer(), scene.transfer());
                    scene.tells("11 descriptors submitted, 10 completed");
                }),
                CopyPlant.of(JOB4, "a descriptor never submitted", Moment.ALL_IS_COPIED, scene -> {
                    Completions.completeUnsubmitted(scene.run().engine(), scene.transfer());
                    scene.tells("8 descriptors submitted, 9 completed");
                }),
                CopyPlant.of(JOB5, "a frame of a generation that is over", Moment.ALL_IS_COPIED, scene -> {
                    long pfn = scene.userFrame();
                    Completions.complete(scene.run().engine(), new DiscardingDevice().take(scene.memory(), pfn,
                            Frames.generation(scene.memory(), pfn) - 1));
                    scene.tells("1 transfer(s) touched 1 frame(s) that had been freed, 1 of them from the start");
                }),
                CopyPlant.of(JOB6, "a page damaged before its rival replaces it", Moment.OPEN, scene -> {
                    damage(scene);
                    scene.run().rivals().rival(0).churn();
                }).in(Setting.OPPOSED),
                CopyPlant.of(JOB6, "a page damaged before its rival ends", Moment.OPEN, scene -> {
                    damage(scene);
                    scene.run().rivals().askToEnd();
                }).in(Setting.NOTHING_TO_COPY),
                CopyPlant.of(JOB7, "a flipped bit", Moment.TORN_DOWN, EndPlants::flip),
                CopyPlant.of(JOB7, "a byte too many", Moment.TORN_DOWN, scene -> {
                    append(scene.run().target());
                    scene.tells("at byte 100000; SRC has 100000 bytes, DST 100001");
                }),
                CopyPlant.of(JOB7, "a byte too few, for SRC grew", Moment.TORN_DOWN, scene -> {
                    append(scene.files.source);
                    scene.tells("at byte 100000; SRC had 100000 bytes when it was opened; "
                            + "SRC has 100001 bytes, DST 100000");
                }),
                CopyPlant.of(JOB8, "a file that is closed", Moment.TORN_DOWN, EndPlants::close),
                CopyPlant.of(JOB9, "a directory of that name", Moment.TORN_DOWN, EndPlants::occupy));
    }

    /** In a zone that was used: records of other zones are not looked at. */
    private static void dropZeroPage(CopyScene scene) {
        MemoryCore core = Bridge.core(scene.memory());
        FreeBatch batch = new FreeBatch(core);
        Grab.putReferences(core, core.blocks().allocate(0, Blocks.NORMAL), 1, batch);
        int _ = batch.drain();
        long pfn = scene.memory().zeroPfn();
        boolean _ = PageRefs.subAndTest(core.recordAddress(pfn), PageRefs.refCount(core.recordAddress(pfn)));
        scene.tells("frame " + pfn + ": ZONE25 ");
    }

    private static void released(CopyScene scene, int more) {
        try (PageBatch<?> batch = scene.memory().newPageBatch(1)) {
            Bridge.held(batch).countReleased(0, more);
        }
    }

    /** What a rival has stored is damaged before the rival looks at it for the first time. */
    private static void damage(CopyScene scene) {
        scene.run().rivals().rival(0).churn();
        long page = Bridge.core(scene.memory()).frameAddress(scene.userFrame());
        Words.setLong(page, ~Words.getLong(page));
        scene.tells("1 page(s) of rivals do not hold what was stored in them");
    }

    private static void flip(CopyScene scene) {
        try (FileChannel target = FileChannel.open(scene.run().target(), StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            target.read(one, 77_777);
            one.put(0, (byte) (one.get(0) ^ 1)).rewind();
            target.write(one, 77_777);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        scene.tells("at byte 77777; both have 100000 bytes");
    }

    private static void append(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.APPEND)) {
            channel.write(ByteBuffer.allocate(1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(CopyScene scene) {
        try {
            scene.run().files().source().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        scene.tells("DST cannot be compared, or not be given its name: ");
    }

    private static void occupy(CopyScene scene) {
        try {
            Files.createDirectories(scene.files.target.resolve("inside"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        scene.tells("DST cannot be compared, or not be given its name: ");
    }
}

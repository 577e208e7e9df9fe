package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * No public method kills the JVM after the memory was closed: it throws, or it touches no frame and no record. Every public method of
 * memory, page, epoch and pgtable is called in a JVM of its own; a new one that neither throws nor is listed here fails the test.
 */
@Timeout(120)
class ClosedMemoryTest {
    /** Values without a memory, and codecs of numbers. */
    private static final Set<String> VALUES = Set.of("Compound", "Counters", "Entry", "Finding", "FrameHandle",
            "Geometry", "Kind", "MappingWord", "MemoryModelError", "MemoryOptions", "MigrateType", "Node", "NonPresent",
            "PageInfo", "PageLayout", "PhysicalMemory.open", "VmStat", "ZoneKind");
    /** Work on raw addresses, or are part of a walk: the caller is inside a slot, a batch or a Use, as their Javadoc says. */
    private static final Set<String> INTERNAL = Set.of("Entries", "Grab.trySpeculative", "Grab.tryLarge", "Grab.undo",
            "LifeEnd", "LongtermRule",
            "MemoryState", "PageFlags", "PageRefs", "PageTables.clear", "PageType", "SlotTable", "TableLock",
            "WalkerSlot.exit");
    /** Touch no frame and no record, and answer as before; or have nothing to do. */
    private static final Set<String> ANSWERS = Set.of("Batch.close", "Batch.countAcquired", "Batch.countAcquiredByNode",
            "Batch.countReleased",
            "Batch.deferred", "Batch.hasRoomFor", "Batch.isFilling", "Batch.isHeld", "Batch.isPinned", "Batch.memory",
            "Batch.requireFor",
            "Batch.size",
            "Batch.stopAddress", "Batch.stopReason", "Batch.toString", "Dropped.whenDropped", "ExtentBatch.capacity",
            "ExtentBatch.countAcquiredByNode", "ExtentBatch.extents", "ExtentBatch.firstPfn", "ExtentBatch.hasRoomFor",
            "ExtentBatch.pages", "FreeBatch.isEmpty", "Grab.countedPins", "Grab.headMoves", "Grab.headPfn",
            "Grab.orderZeroToken", "Grab.pages", "Grab.part", "HugeZero.pfn", "HugeZero.unuse", "HugeZero.users",
            "PageBatch.capacity", "PageBatch.countAcquiredByNode", "PageBatch.hasRoomFor", "PageBatch.length",
            "PageBatch.pfn", "PageBatch.pfns", "PhysicalMemory.blocks", "PhysicalMemory.checkPfn",
            "PhysicalMemory.close", "PhysicalMemory.deviceStart", "PhysicalMemory.frameBasePage",
            "PhysicalMemory.frames", "PhysicalMemory.handles", "PhysicalMemory.hugeZero", "PhysicalMemory.isClosed",
            "PhysicalMemory.nextId", "PhysicalMemory.nodeOf", "PhysicalMemory.nodes", "PhysicalMemory.options",
            "PhysicalMemory.pagemaps", "PhysicalMemory.ramFrames", "PhysicalMemory.recordBasePage",
            "PhysicalMemory.retired", "PhysicalMemory.slots", "PhysicalMemory.toString", "PhysicalMemory.vmStat",
            "PhysicalMemory.zeroPfn", "PhysicalMemory.zoneOf", "RetiredTables.pending", "Spot.level", "Spot.pfn",
            "Spot.table", "TableFree.size", "Use.close", "Use.toString", "WalkerSlot.close", "WalkerSlot.count",
            "WalkerSlot.isActive", "WalkerSlot.stripe", "WalkerSlot.toString", "WalkerSlots.advance",
            "WalkerSlots.advances", "WalkerSlots.awaitPassed", "WalkerSlots.inUse", "WalkerSlots.parkAll",
            "WalkerSlots.passed", "WalkerSlots.sum", "WalkerSlots.unparkAll");

    @Test
    void everyPublicMethodThrowsOrTouchesNothing() throws Exception {
        ChildJvm child = ChildJvm.run(List.of("-Xmx128m"), ClosedMemoryCalls.class,
                Stream.concat(VALUES.stream(), INTERNAL.stream()).toArray(String[]::new));
        List<String> lines = child.output().lines().toList();
        assertThat(child.exit()).as(child.output()).isZero();
        assertThat(lines.getLast()).isEqualTo(ClosedMemoryCalls.END);
        Set<String> throwing = new TreeSet<>();
        Set<String> called = new TreeSet<>();
        for (String line : lines.subList(0, lines.size() - 1)) {
            String[] words = line.split(" ");
            called.add(words[0]);
            if (List.of(words).contains("closed")) {
                throwing.add(words[0]);
            }
            assertThat(List.of(words)).as(line).doesNotContain("MemoryModelError", "NullPointerException",
                    "ArrayIndexOutOfBoundsException");
        }
        assertThat(called).containsAll(ANSWERS);
        called.removeAll(ANSWERS);
        assertThat(throwing).as("methods that are not in the list of those that answer").containsAll(called);
    }
}

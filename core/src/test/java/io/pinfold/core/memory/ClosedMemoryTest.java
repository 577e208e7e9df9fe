package io.pinfold.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * No public method kills the JVM after the memory was closed: it throws, or it touches no frame and no record. Every
 * public method of memory, page, epoch and pgtable is called in a JVM of its own; a new one that neither throws nor is
 * listed here fails the test.
 */
@Timeout(120)
class ClosedMemoryTest {
    /** Values without a memory, and codecs of numbers. */
    private static final Set<String> VALUES = Set.of("Compound", "Counters", "Entry", "Finding",
            "Geometry", "Kind", "MappingWord", "MemoryOptions", "Node", "NonPresent",
            "BatchSlotLayout", "PageInfo", "PageLayout", "PhysicalMemory.open", "VmStat");
    /**
     * Work on raw addresses, or are part of a walk: the caller is inside a slot, a batch or a Use, as their Javadoc
     * says.
     */
    private static final Set<String> INTERNAL = Set.of("BatchRegistration", "BatchRelease", "ExtentList.create",
            "PageList.create",
            "DevicePut", "Dropped.collect", "Entries", "FrameVersion", "FrameFreeze", "FrameViews", "FrameWrite",
            "GuestHolds",
            "HandleMisuse", "HandleRelease",
            "HeldFrames", "HeldPages.beginFillInSlot", "HoldLedger", "MemoryCore.bar", "MemoryCore.barAllocation",
            "MemoryCore.close",
            "MemoryCore.inspect", "MemoryCore.reopen", "MemoryCore.reserve",
            "PageBatches", "PageList.beginFillEntries", "RecordText", "TakeCounts",
            "Grab.put", "Grab.putAndTest", "Grab.putOrderZero", "Grab.trySpeculative", "Grab.tryLarge", "Grab.undo",
            "LifeEnd", "LiveRef", "LongtermRule",
            "MemoryState", "PageFlags", "PageRefs", "PageTables.clear", "PageType", "SlotTable", "TableLock",
            "WalkerSlot.exit");
    /** Touch no frame and no record, and answer as before; or have nothing to do. */
    private static final Set<String> ANSWERS = Set.of("Blocks.migrateTypeOf", "Blocks.zones", "FreeBatch.drain",
            "FrameHandles.waiting", "MemoryCore.retiredFrames", "ReadScope.after", "ReadScope.since",
            "RetiredFrames.pending", "ScopedRead.scope", "WalkerSlots.oldestScope", "WalkerSlots.openScopes",
            "HeldPages.endRelease", "HugeZero.isIdle", "HugeZero.shrink",
            "Batch.close", "Batch.isHeld", "Batch.isPinned", "Batch.memory", "Batch.size", "Batch.stopAddress",
            "Batch.stopReason", "Batch.toString", "Dropped.whenDropped", "ExtentBatch.capacity",
            "ExtentBatch.extents",
            "ExtentBatch.firstPfn", "ExtentBatch.pages", "ExtentList.capacity", "ExtentList.countAcquiredByNode",
            "ExtentList.extents", "ExtentList.firstPfn", "ExtentList.hasRoomFor", "ExtentList.pages",
            "FreeBatch.isEmpty", "Grab.countedPins", "Grab.headMoves", "Grab.headPfn", "Grab.orderZeroToken",
            "Grab.pages", "Grab.part", "HeldPages.close", "HeldPages.countAcquired", "HeldPages.countAcquiredByNode",
            "HeldPages.countReleased", "HeldPages.deferred", "HeldPages.hasRoomFor", "HeldPages.isFilling",
            "HeldPages.isHeld", "HeldPages.isPinned", "HeldPages.memory", "HeldPages.requireFor", "HeldPages.size",
            "HeldPages.stopAddress", "HeldPages.stopReason", "HeldPages.toString", "HugeZero.pfn", "HugeZero.unuse",
            "HugeZero.users", "MemoryCore.arena", "MemoryCore.blocks", "MemoryCore.checkPfn", "MemoryCore.deviceStart",
            "MemoryCore.frameBase", "MemoryCore.frameBasePage", "MemoryCore.frames", "MemoryCore.framesOut",
            "MemoryCore.hugeZero",
            "MemoryCore.isClosed", "MemoryCore.map", "MemoryCore.nextId", "MemoryCore.nodeOf", "MemoryCore.nodes",
            "MemoryCore.pagemaps", "MemoryCore.ramFrames", "MemoryCore.recordBase", "MemoryCore.recordBasePage",
            "MemoryCore.retired", "MemoryCore.slots", "MemoryCore.state", "MemoryCore.toString", "MemoryCore.zeroPfn",
            "MemoryCore.zoneOf", "MemoryLease.close", "MemoryLease.toString", "PageBatch.capacity", "PageBatch.length",
            "PageBatch.pfn", "PageBatch.pfns", "PageList.capacity", "PageList.countAcquiredByNode",
            "PageList.hasRoomFor", "PageList.length", "PageList.pfn", "PageList.pfns", "PhysicalMemory.close",
            "PhysicalMemory.deviceStart", "PhysicalMemory.frames", "PhysicalMemory.handles", "PhysicalMemory.isClosed",
            "PhysicalMemory.nodeOf", "PhysicalMemory.nodes", "PhysicalMemory.options", "PhysicalMemory.pagemaps",
            "PhysicalMemory.ramFrames", "PhysicalMemory.toString", "PhysicalMemory.vmStat", "PhysicalMemory.zeroPfn",
            "PhysicalMemory.zoneOf", "RetiredTables.pending", "Spot.level", "Spot.pfn", "Spot.table", "TableFree.size",
            "Use.close", "Use.toString", "SharedSlot.close", "SessionSlot.attach", "SessionSlot.close",
            "SessionSlot.detach",
            "SessionSlot.endLoan", "SessionSlot.lend", "SessionSlot.requireMine", "WalkerSlot.close",
            "WalkerSlot.count", "WalkerSlot.isActive",
            "WalkerSlot.stripe", "WalkerSlot.toString", "WalkerSlots.advance", "WalkerSlots.advances",
            "WalkerSlots.awaitIdle", "WalkerSlots.awaitPassed", "WalkerSlots.heavyFences", "WalkerSlots.inUse",
            "WalkerSlots.passed",
            "WalkerSlots.sum");

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
            assertThat(List.of(words)).as(line).doesNotContain("NullPointerException",
                    "ArrayIndexOutOfBoundsException");
        }
        assertThat(called).containsAll(ANSWERS);
        called.removeAll(ANSWERS);
        assertThat(throwing).as("methods that are not in the list of those that answer").containsAll(called);
    }
}

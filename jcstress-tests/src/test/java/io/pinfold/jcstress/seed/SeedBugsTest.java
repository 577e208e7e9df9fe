package io.pinfold.jcstress.seed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every seed bug breaks the invariant that is named for it, and the same events without the bug break none. The worked
 * numbers 5, 6 and 7 of the specification give the size of the errors.
 */
class SeedBugsTest {

    /** The invariant that must break; others may break as well. */
    private static final Map<SeedBug, String> CAUGHT_BY = Map.ofEntries(Map.entry(SeedBug.B1, "I3"),
            Map.entry(SeedBug.B2, "I3"), Map.entry(SeedBug.B3, "I3"), Map.entry(SeedBug.B4, "I3"),
            Map.entry(SeedBug.B5, "I3"), Map.entry(SeedBug.B6, "I12"), Map.entry(SeedBug.B7, "I2"),
            Map.entry(SeedBug.B14, "I14"), Map.entry(SeedBug.B17, "I13"), Map.entry(SeedBug.B18, "I4"),
            Map.entry(SeedBug.B20, "RV"), Map.entry(SeedBug.M02, "I1"), Map.entry(SeedBug.M10, "I3"),
            Map.entry(SeedBug.M15, "I6"), Map.entry(SeedBug.M20, "I6"), Map.entry(SeedBug.M30, "I14"));

    @ParameterizedTest
    @EnumSource
    void isCaught(SeedBug bug) {
        assertThat(play(bug, new SeedMachine(bug))).as("with the bug").contains(CAUGHT_BY.get(bug));
    }

    @ParameterizedTest
    @EnumSource
    void withoutTheBugNothingIsBroken(SeedBug bug) {
        assertThat(play(bug, new SeedMachine())).as("the same events without the bug").isEmpty();
    }

    private static List<String> play(SeedBug bug, SeedMachine machine) {
        switch (bug) {
            case B1, B5 -> pinMeetsWriteProtect(machine);
            case B2 -> pinMeetsSplitAndWriteProtect(machine);
            case M10 -> pinMeetsSplit(machine);
            case B3 -> machine.folio(0, 512);
            case B4 -> leafPinMeetsZap(machine, 0, 512);
            case B6, B7 -> deviceRangeWithAFrozenPage(machine);
            case B14 -> getOfAnOverflowedDevicePage(machine);
            case B17 -> prefault(machine);
            case B18 -> pinAtTheGuardBand(machine);
            case B20 -> pinOfAFrozenPage(machine);
            case M02 -> pinMeetsMove(machine);
            case M15 -> pinMeetsFork(machine);
            case M20 -> readOnlyPinOfASharedPage(machine);
            case M30 -> manyPinsOfTheZeroPage(machine);
        }
        if (bug == SeedBug.B3) {
            assertThat(machine.pinLeaf(0, 512)).isTrue();
        }
        return machine.broken();
    }

    private static void pinMeetsWriteProtect(SeedMachine machine) {
        machine.map(7, true);
        machine.afterGrab = () -> machine.writable[7] = false;
        assertThat(machine.pin(7, true)).isFalse();
    }

    private static void pinMeetsSplit(SeedMachine machine) {
        machine.folio(0, 4);
        machine.entry[3] = 3;
        machine.writable[3] = true;
        machine.afterLookUp = () -> machine.split(0, 4);
        boolean _ = machine.pin(3, true);
    }

    private static void pinMeetsSplitAndWriteProtect(SeedMachine machine) {
        machine.afterGrab = () -> machine.writable[3] = false;
        pinMeetsSplit(machine);
    }

    private static void leafPinMeetsZap(SeedMachine machine, int from, int refs) {
        machine.folio(0, 512);
        machine.afterGrab = () -> machine.tableIsLinked = false;
        assertThat(machine.pinLeaf(from, refs)).isFalse();
    }

    private static void deviceRangeWithAFrozenPage(SeedMachine machine) {
        machine.map(10, true);
        machine.map(11, true); // 12 is free
        assertThat(machine.grabDevice(10, 3, true)).isFalse();
    }

    private static void getOfAnOverflowedDevicePage(SeedMachine machine) {
        machine.count[10] = Integer.MIN_VALUE;
        boolean got = machine.grabDevice(10, 1, false);
        machine.count[10] -= Integer.MIN_VALUE; // the state before the call is not its fault
        assertThat(got ? machine.count[10] : 0).isEqualTo(got ? 1 : 0);
    }

    private static void prefault(SeedMachine machine) {
        machine.map(5, false);
        boolean _ = machine.prefault(5);
    }

    private static void pinAtTheGuardBand(SeedMachine machine) {
        machine.map(5, true);
        machine.count[5] += Integer.MAX_VALUE - 512;
        assertThat(machine.pin(5, true)).isTrue();
        assertThat(machine.count[5]).isNegative();
        assertThat(machine.broken().contains("I4")).isEqualTo(!machine.maybePinned(5));
        if (machine.maybePinned(5)) { // the rest of this test's count has no owner
            machine.count[5] -= Integer.MAX_VALUE - 512;
        }
    }

    private static void pinOfAFrozenPage(SeedMachine machine) {
        machine.map(5, true);
        machine.count[5] = 0;
        assertThat(machine.pin(5, true)).isFalse();
        machine.count[5] = 1;
    }

    private static void pinMeetsMove(SeedMachine machine) {
        machine.map(5, true);
        machine.afterGrab = () -> machine.tableIsLinked = false;
        boolean _ = machine.pin(5, true);
    }

    private static void pinMeetsFork(SeedMachine machine) {
        machine.map(5, true);
        machine.afterLookUp = () -> machine.fork(5); // count read before the grab, protection after the re-check
        boolean _ = machine.pin(5, true);
    }

    private static void readOnlyPinOfASharedPage(SeedMachine machine) {
        machine.map(5, false);
        machine.fork(5);
        machine.sequence = 0;
        boolean _ = machine.pin(5, false);
    }

    private static void manyPinsOfTheZeroPage(SeedMachine machine) {
        machine.map(SeedMachine.ZERO_PAGE, false);
        machine.count[SeedMachine.ZERO_PAGE] += 2_097_151 * SeedMachine.BIAS; // holes of 8 GiB, mapped for a device
        machine.holders[SeedMachine.ZERO_PAGE] = machine.count[SeedMachine.ZERO_PAGE];
        assertThat(machine.pin(SeedMachine.ZERO_PAGE, false)).isTrue();
    }

    // ---- worked numbers ------------------------------------------------------------------------------------------

    @Test
    void n5OneBiasFor512Pages() {
        SeedMachine machine = new SeedMachine(SeedBug.B3);
        machine.folio(0, 512);
        assertThat(machine.pinLeaf(0, 512)).isTrue();
        assertThat(machine.count[0]).isEqualTo(1025);
        for (int page = 0; page < 512; page++) {
            machine.unpin(page);
        }
        assertThat(machine.count[0]).isEqualTo(-523_263);
    }

    @Test
    void n5AndUnmappedMeanwhileTheFirstReleaseFreesIt() {
        SeedMachine machine = new SeedMachine(SeedBug.B3);
        machine.folio(0, 512);
        assertThat(machine.pinLeaf(0, 512)).isTrue();
        machine.unmap(0);
        assertThat(machine.count[0]).isEqualTo(1024);
        assertThat(machine.broken()).doesNotContain("I5");
        machine.unpin(0);
        assertThat(machine.count[0]).isZero();
        assertThat(machine.broken()).as("freed with 511 users left").contains("I5");
    }

    @Test
    void n6ARollBackInTheWrongUnit() {
        SeedMachine machine = new SeedMachine(SeedBug.B4);
        leafPinMeetsZap(machine, 0, 512);
        assertThat(machine.count[0]).isEqualTo(513);
    }

    @Test
    void n6AndOnTheWrongObject() {
        SeedMachine machine = new SeedMachine(SeedBug.B4);
        leafPinMeetsZap(machine, 3, 509);
        assertThat(machine.count[0]).isEqualTo(1025);
        assertThat(machine.count[3]).isEqualTo(-509);
    }

    @Test
    void n7APinRolledBackAsAGet() {
        SeedMachine machine = new SeedMachine(SeedBug.B1);
        pinMeetsWriteProtect(machine);
        assertThat(machine.count[7]).isEqualTo(1024);
        assertThat(machine.maybePinned(7)).as("looks pinned for ever").isTrue();
        assertThat(machine.acquired - machine.released).isEqualTo(1);
    }

    @Test
    void n7AndUnmappedMeanwhile() {
        SeedMachine machine = new SeedMachine(SeedBug.B1);
        machine.map(7, true);
        machine.afterGrab = () -> machine.unmap(7);
        assertThat(machine.pin(7, true)).isFalse();
        assertThat(machine.count[7]).isEqualTo(1023);
        assertThat(machine.maybePinned(7)).as("never freed, and not even reported").isFalse();
    }
}

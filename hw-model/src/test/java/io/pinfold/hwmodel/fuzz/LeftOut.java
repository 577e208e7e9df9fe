package io.pinfold.hwmodel.fuzz;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The methods and types that the fuzzer does not call, each with the reason. A type or method that is public and
 * neither here nor in a catalogue fails {@link SurfaceTest}.
 */
final class LeftOut {
    private static final String INTERNAL = "for the library's own walks and tables: will stand behind a front door";
    private static final String CONSTANTS = "constants only";
    private static final String CALLBACK = "implemented by the fuzzer and called by the library: Drivers, Devices";
    private static final String PROGRAM = "a whole program, or a part of one, behind the command line, with tests of its own";
    private static final String THROWN = "made by the library only; what it answers is looked at where it is caught";

    /** By name of the type, or of its package with a dot behind. */
    private static final Map<String, String> TYPES = new LinkedHashMap<>();

    static {
        for (String room : new String[]{"words", "foll", "epoch", "pgtable", "geometry", "page", "pagemap", "internal",
                "memory.zone",
                "memory.frame", "memory.handle", "memory.batch", "mm.space", "mm.unmap", "mm.fault", "mm.anon",
                "mm.shared",
                "mm.hugetlb", "mm.device", "mm.move", "mm.slow"}) {
            TYPES.put("io.pinfold.core." + room + ".", INTERNAL);
        }
        TYPES.put("io.pinfold.fastpath.walk.", INTERNAL);
        for (String name : new String[]{"FollFlags", "Hold", "Hold.Get", "Hold.Pin", "Prot", "WalkStat",
                "WalkStat.FallBack", "WalkStat.RollBack", "ZoneKind",
                "ThpPolicy",
                "DevPagemapOptions.Removal", "MemoryAudit.Kind", "DmaStatus"}) {
            TYPES.put(name, CONSTANTS);
        }
        for (String name : new String[]{"DeviceFrames", "DevPagemapOps", "DmaDevice"}) {
            TYPES.put(name, CALLBACK);
        }
        for (String name : new String[]{"io.pinfold.hwmodel.cli.", "io.pinfold.hwmodel.conformance.",
                "io.pinfold.hwmodel.copy.", "io.pinfold.hwmodel.files.", "io.pinfold.hwmodel.guptest.",
                "io.pinfold.hwmodel.html.", "io.pinfold.hwmodel.process.", "io.pinfold.hwmodel.stats."}) {
            TYPES.put(name, PROGRAM);
        }
        for (String name : new String[]{"MemoryModelError", "OutOfFramesException", "SegmentationFault", "PinException",
                "MisuseException", "MemoryClosedException", "StaleHandleException", "DoubleReleaseException",
                "WrongKindException", "MemoryAudit.Finding"}) {
            TYPES.put(name, THROWN);
        }
    }

    private LeftOut() {
    }

    static boolean isLeftOut(Class<?> type) {
        for (String name : TYPES.keySet()) {
            if (name.endsWith(".") ? type.getPackageName().equals(name.substring(0, name.length() - 1))
                    : Surface.name(type).equals(name)) {
                return true;
            }
        }
        return false;
    }

    /** Leaves out the constructors of reports: the library makes them, and they check nothing. */
    static boolean isLeftOut(Executable member) {
        return member instanceof Constructor<?> made
                && (Surface.name(made.getDeclaringClass()).startsWith("VmStat")
                        || Surface.name(made.getDeclaringClass()).equals("PageInfo")
                        || Surface.name(made.getDeclaringClass()).equals("DmaStats"));
    }

    static Map<String, String> types() {
        return TYPES;
    }
}

package io.pinfold.hwmodel.fuzz;

import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** All kinds of calls, from the catalogues of all types. */
final class Calls {
    private final List<Call> all = new ArrayList<>();
    private final Map<String, Call> byKey = new HashMap<>();
    private final Map<Class<?>, Call> makers = new HashMap<>();
    private final Set<Class<?>> types = new HashSet<>();
    private final Map<Class<?>, Gen> rests = new LinkedHashMap<>();
    private final List<Call> deck = new ArrayList<>();

    Calls() {
        ValueCalls.add(this);
        MemoryCalls.add(this);
        HandleCalls.add(this);
        BatchCalls.add(this);
        SpaceCalls.add(this);
        CpuCalls.add(this);
        GupCalls.add(this);
        ObjectCalls.add(this);
        PagemapCalls.add(this);
        DeviceCalls.add(this);
        DmaCalls.add(this);
        rests.forEach(this::addRest);
        for (Call call : all) {
            for (int i = 0; i < call.weight; i++) {
                deck.add(call);
            }
        }
    }

    /** Adds a method or constructor ({@code new(...)}) with its generators; the receiver is null for static ones. */
    Call add(Class<?> type, String signature, Gen receiver, Gen... arguments) {
        types.add(type);
        for (Executable member : Surface.members(type)) {
            if (Surface.signature(member).equals(signature)) {
                Call call = new Call(member, receiver, arguments);
                all.add(call);
                if (byKey.put(call.key, call) != null) {
                    throw new IllegalArgumentException(call.key + " has two generators");
                }
                return call;
            }
        }
        throw new IllegalArgumentException(type + " has no public " + signature);
    }

    /** Adds all methods without parameters that have no generator of their own: any receiver will do. */
    void rest(Class<?> type, Gen receiver) {
        types.add(type);
        rests.put(type, receiver);
    }

    private void addRest(Class<?> type, Gen receiver) {
        for (Executable member : Surface.members(type)) {
            boolean isStatic = Modifier.isStatic(member.getModifiers());
            if (member instanceof Method && member.getParameterCount() == 0 && !byKey.containsKey(Surface.key(member))
                    && !LeftOut.isLeftOut(member)) {
                Call _ = add(type, Surface.signature(member), isStatic ? null : receiver).weight(2);
            }
        }
    }

    /** Sets the call that makes objects of a type when one is needed. */
    void maker(Class<?> type, Call call) {
        makers.put(type, call);
    }

    Call maker(Class<?> type) {
        return makers.get(type);
    }

    Call of(String key) {
        Call call = byKey.get(key);
        if (call == null) {
            throw new IllegalArgumentException("no call " + key);
        }
        return call;
    }

    /** Adds a call that fills a batch. */
    Call filler(boolean isPinned, RandomGenerator random) {
        String from = random.nextInt(3) == 0 ? "GupSessionPool." : "GupSession.";
        return of(from + (isPinned ? "pin" : "get") + "UserPagesFast(AddressSpace,long,int,GupOptions,Batch)");
    }

    boolean has(String key) {
        return byKey.containsKey(key);
    }

    Set<Class<?>> types() {
        return types;
    }

    List<Call> all() {
        return all;
    }

    Call draw(RandomGenerator random) {
        return deck.get(random.nextInt(deck.size()));
    }
}

package io.pinfold.jcstress.explore.litmus;

import io.pinfold.jcstress.explore.memory.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * RC11 as axioms: enumerates all candidate executions of a {@link Program} without plain accesses, and of those the
 * consistent ones. It is written from the definitions of "Repairing Sequential Consistency in C/C++11" (Lahav,
 * Vafeiadis, Kang, Hur, Dreyer, 2017), with the release sequence of C++20, which does not go on over later stores of
 * the same thread. A read-modify-write is one event.
 *
 * <p>It shares no code with the memory models but {@link Op}.
 */
final class Axioms {
    private final int events;
    private final int words;
    private final List<Op> ops = new ArrayList<>();
    private final List<Integer> strandOf = new ArrayList<>();
    private final Relation sb;
    private final Set<String> outcomes = new TreeSet<>();
    private final int strands;
    /** For each event that reads: the event it reads from. */
    private final int[] source;
    private final long[] found;
    private final boolean[] writes;

    private Axioms(Program program) {
        words = program.words();
        strands = program.strands().size();
        for (int word = 0; word < words; word++) {
            ops.add(new Op().set(Op.Kind.STORE, Op.Mode.OPAQUE, Long.BYTES, word, 0, 0));
            strandOf.add(-1);
        }
        for (int strand = 0; strand < strands; strand++) {
            for (Op op : program.strands().get(strand)) {
                ops.add(op);
                strandOf.add(strand);
            }
        }
        events = ops.size();
        source = new int[events];
        found = new long[events];
        writes = new boolean[events];
        sb = new Relation(events);
        for (int a = 0; a < events; a++) {
            for (int b = Math.max(a + 1, words); b < events; b++) {
                if (strandOf.get(a) < 0 || strandOf.get(a).equals(strandOf.get(b))) {
                    sb.add(a, b);
                }
            }
        }
    }

    /** Its outcomes, written as those of {@link Outcomes}. */
    static Set<String> outcomesOf(Program program) {
        Axioms axioms = new Axioms(program);
        axioms.chooseSources(axioms.words);
        return axioms.outcomes;
    }

    private boolean reads(int event) {
        return ops.get(event).kind == Op.Kind.LOAD || ops.get(event).isReadModifyWrite();
    }

    private boolean sameWord(int a, int b) {
        return ops.get(a).kind != Op.Kind.FENCE && ops.get(b).kind != Op.Kind.FENCE
                && ops.get(a).address == ops.get(b).address;
    }

    private void chooseSources(int event) {
        if (event == events) {
            evaluate();
        } else if (!reads(event)) {
            chooseSources(event + 1);
        } else {
            for (int from = 0; from < events; from++) {
                if (from != event && sameWord(from, event) && ops.get(from).writes()) {
                    source[event] = from;
                    chooseSources(event + 1);
                }
            }
        }
    }

    private Relation readsFrom() {
        Relation rf = new Relation(events);
        for (int event = words; event < events; event++) {
            if (reads(event)) {
                rf.add(source[event], event);
            }
        }
        return rf;
    }

    /** Computes the value of each read, then tries all orders of the stores. */
    private void evaluate() {
        Relation rf = readsFrom();
        Relation order = sb.or(rf).transitive();
        if (!order.isIrreflexive()) {
            return; // a value out of thin air is excluded
        }
        boolean[] known = new boolean[events];
        for (int left = events; left > 0;) {
            for (int event = 0; event < events; event++) {
                if (!known[event] && (!reads(event) || known[source[event]])) {
                    known[event] = true;
                    left--;
                    Op op = ops.get(event);
                    found[event] = reads(event) ? stored(source[event]) : 0;
                    writes[event] = op.writes() && (op.kind != Op.Kind.CAS || found[event] == op.a);
                }
            }
        }
        for (int event = words; event < events; event++) {
            if (reads(event) && !writes[source[event]]) {
                return;
            }
        }
        List<List<Integer>> orders = new ArrayList<>();
        for (int word = 0; word < words; word++) {
            orders.add(new ArrayList<>(List.of(word)));
        }
        chooseOrders(words, orders, rf);
    }

    private long stored(int event) {
        Op op = ops.get(event);
        return switch (op.kind) {
            case ADD -> found[event] + op.a;
            case CAS -> op.b;
            default -> op.a;
        };
    }

    /**
     * Enters each store at every place of its word's order, but a read-modify-write only directly after the store that
     * it read.
     */
    private void chooseOrders(int event, List<List<Integer>> orders, Relation rf) {
        if (event == events) {
            if (isAtomic(orders) && isConsistent(orders, rf)) {
                outcomes.add(outcome(orders));
            }
        } else if (!writes[event]) {
            chooseOrders(event + 1, orders, rf);
        } else {
            List<Integer> order = orders.get((int) ops.get(event).address);
            for (int place = 1; place <= order.size(); place++) {
                order.add(place, event);
                chooseOrders(event + 1, orders, rf);
                order.remove(place);
            }
        }
    }

    private boolean isAtomic(List<List<Integer>> orders) {
        for (List<Integer> order : orders) {
            for (int place = 1; place < order.size(); place++) {
                int event = order.get(place);
                if (ops.get(event).isReadModifyWrite() && source[event] != order.get(place - 1)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean isConsistent(List<List<Integer>> orders, Relation rf) {
        Relation mo = new Relation(events);
        for (List<Integer> order : orders) {
            for (int a = 0; a < order.size(); a++) {
                for (int b = a + 1; b < order.size(); b++) {
                    mo.add(order.get(a), order.get(b));
                }
            }
        }
        Relation fr = rf.inverse().then(mo).minus(same());
        Relation eco = rf.or(mo).or(fr).transitive();
        Relation hb = sb.or(synchronizesWith(rf)).transitive();
        if (!hb.isIrreflexive() || !hb.then(eco).isIrreflexive()) {
            return false;
        }
        Relation sc = set(event -> ops.get(event).mode == Op.Mode.VOLATILE && ops.get(event).kind != Op.Kind.FENCE);
        Relation fence = set(event -> ops.get(event).mode == Op.Mode.VOLATILE && ops.get(event).kind == Op.Kind.FENCE);
        Relation location = new Relation(events);
        for (int a = 0; a < events; a++) {
            for (int b = 0; b < events; b++) {
                if (sameWord(a, b)) {
                    location.add(a, b);
                }
            }
        }
        Relation elsewhere = sb.minus(location);
        Relation scb = sb.or(elsewhere.then(hb, elsewhere)).or(hb.and(location)).or(mo).or(fr);
        Relation base = sc.or(fence.then(hb.orSame())).then(scb, sc.or(hb.orSame().then(fence)));
        Relation fences = fence.then(hb.or(hb.then(eco, hb)), fence);
        return base.or(fences).isAcyclic();
    }

    private Relation synchronizesWith(Relation rf) {
        Relation release = set(event -> isRelease(event) && ops.get(event).kind != Op.Kind.FENCE);
        Relation releaseFence = set(event -> isRelease(event) && ops.get(event).kind == Op.Kind.FENCE);
        Relation acquire = set(event -> isAcquire(event) && ops.get(event).kind != Op.Kind.FENCE);
        Relation acquireFence = set(event -> isAcquire(event) && ops.get(event).kind == Op.Kind.FENCE);
        Relation stores = set(event -> writes[event]);
        Relation loads = set(this::reads);
        Relation sequence = stores
                .then(rf.then(set(event -> ops.get(event).isReadModifyWrite() && writes[event])).transitive().orSame());
        Relation from = release.or(releaseFence.then(sb));
        Relation to = acquire.or(sb.then(acquireFence));
        return from.then(sequence, rf, loads, to);
    }

    private boolean isRelease(int event) {
        Op op = ops.get(event);
        boolean mode = op.mode == Op.Mode.RELEASE || op.mode == Op.Mode.VOLATILE;
        return mode && (op.kind == Op.Kind.FENCE || writes[event]);
    }

    private boolean isAcquire(int event) {
        Op op = ops.get(event);
        boolean mode = op.mode == Op.Mode.ACQUIRE || op.mode == Op.Mode.VOLATILE;
        return mode && (op.kind == Op.Kind.FENCE || reads(event));
    }

    private Relation same() {
        return Relation.on(events, -1);
    }

    private Relation set(java.util.function.IntPredicate member) {
        long set = 0;
        for (int event = 0; event < events; event++) {
            set |= member.test(event) ? 1L << event : 0;
        }
        return Relation.on(events, set);
    }

    private String outcome(List<List<Integer>> orders) {
        StringBuilder text = new StringBuilder();
        for (int strand = 0; strand < strands; strand++) {
            text.append(strand == 0 ? "" : "| ");
            for (int event = words; event < events; event++) {
                if (strandOf.get(event) == strand && reads(event)) {
                    text.append(found[event]).append(' ');
                }
            }
        }
        text.append('|');
        for (List<Integer> order : orders) {
            text.append(' ').append(stored(order.getLast()));
        }
        return text.toString();
    }
}

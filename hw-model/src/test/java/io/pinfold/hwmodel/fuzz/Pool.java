package io.pinfold.hwmodel.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/** Live objects of one kind, for several threads. */
final class Pool<T> {
    private final List<T> items = new ArrayList<>();

    synchronized void add(T item) {
        items.add(item);
    }

    /** Returns any object, which stays in the pool; null if there is none. */
    synchronized T pick(RandomGenerator random) {
        return items.isEmpty() ? null : items.get(random.nextInt(items.size()));
    }

    /** Takes out any object, which is the caller's alone from now on; null if there is none. */
    synchronized T claim(RandomGenerator random) {
        if (items.isEmpty()) {
            return null;
        }
        int index = random.nextInt(items.size());
        T item = items.get(index);
        items.set(index, items.getLast());
        items.removeLast();
        return item;
    }

    /** Removes an object; of several threads that remove the same one, one gets true. */
    synchronized boolean remove(T item) {
        return items.remove(item);
    }

    synchronized void removeIf(Predicate<T> what) {
        items.removeIf(what);
    }

    synchronized int size() {
        return items.size();
    }

    synchronized List<T> all() {
        return List.copyOf(items);
    }

    /** Takes the oldest object out if there are more than {@code most}; else null. */
    synchronized T overflow(int most) {
        return items.size() > most ? items.removeFirst() : null;
    }
}

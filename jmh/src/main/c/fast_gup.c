/*
 * The yardstick: Pinfold's fast path written in C11, step by step what the Java code does, on the same page tables, page
 * records and control blocks. The letters are those of FastWalk (W), PteRange (P), PageBatch (B); README.md has the table.
 *
 * A volatile Java load is an atomic_load here: on x86-64 both are plain moves. A walk that meets anything rare (an entry that is
 * not present, a count of zero, an entry that changed) undoes what it has to and stops; there is no slow path behind it,
 * because the benchmark only walks what is present and counts every page it gets.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline, cold))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Entry, Geometry, PageLayout, Compound, MappingWord, PageFlags, MmControl, SlotLayout, BatchSlotLayout, FollFlags. */
enum { PAGE_SHIFT = 12, BITS_PER_LEVEL = 9, ENTRIES = 512, ROOT_LEVEL = 4, PTE_LEVEL = 0, PMD_LEVEL = 1 };
#define PRESENT (1ULL << 0)
#define WRITE (1ULL << 1)
#define USER (1ULL << 2)
#define HUGE (1ULL << 7)
#define SPECIAL (1ULL << 9)
#define DEVMAP (1ULL << 58)
#define PFN_MASK (((1ULL << 40) - 1) << PAGE_SHIFT)
#define USER_END ((1ULL << 56) - 4096)

enum { RECORD_SHIFT = 6, FLAGS = 0, REFCOUNT = 8, PINCOUNT = 12, COMPOUND = 16, MAPPING = 24 };
#define TAIL 1ULL
#define LARGE 2ULL
#define COMPOUND_SHIFT 8
#define ANON 1ULL
#define SECRET 4ULL
#define REFERENCED (1ULL << 1)
#define DIRTY (1ULL << 3)
#define ANON_EXCLUSIVE (1ULL << 16)
#define PIN_BIAS 1024

enum { MM_ROOT = 0, MM_WRITE_PROTECT_SEQ = 8, MM_FLAGS = 16 };
#define HAS_PINNED 1ULL

enum { SLOT_WORD = 0, SLOT_COUNTERS = 128, FAST_HITS = 0 };
enum { BATCH_WORD = 0, BATCH_PAGES = 8, BATCH_ACQUIRED = 128, BATCH_RELEASED = 192 };
enum { EMPTY = 0, FILLING = 1, HELD_GET = 2, HELD_PIN = 3, RELEASING = 4, STATE_BITS = 3 };

#define FOLL_WRITE 0x01
#define FOLL_GET 0x04
#define FOLL_FORCE 0x10
#define FOLL_NOFAULT 0x80
#define FOLL_LONGTERM 0x10000
#define FOLL_PIN 0x40000
#define FOLL_FAST_ONLY 0x80000
#define FAST_LEGAL (FOLL_WRITE | FOLL_GET | FOLL_FORCE | FOLL_NOFAULT | FOLL_LONGTERM | FOLL_FAST_ONLY)

/* What a session, an address space, a memory and a batch of the Java side hold in their fields; laid out by CBaseline. */
struct gup {
    uint64_t frame_base;   /* 0 */
    uint64_t record_base;  /* 8 */
    uint64_t frames;       /* 16: end of the frame numbers */
    uint64_t zero_pfn;     /* 24 */
    uint64_t control;      /* 32: MmControl */
    uint64_t slot;         /* 40: a walker slot of this side's own */
    uint64_t epoch;        /* 48: address of the epoch */
    int64_t idle;          /* 56: what the slot's word holds between walks */
    uint64_t batch;        /* 64: a batch control block of this side's own */
    uint64_t batch_id;     /* 72 */
    uint64_t out;          /* 80: int[capacity], or struct extent[capacity] */
    int32_t capacity;      /* 88: in pages, or in extents */
    int32_t size;          /* 92: pages or extents held */
    int32_t stop_errno;    /* 96 */
    int32_t pages;         /* 100: asked for by a call */
    uint64_t stop_address; /* 104 */
    uint64_t start;        /* 112: of the range that calls go through, from its start again when they reach its end */
    uint64_t bytes;        /* 120: of the range; a multiple of the pages of a call */
    uint64_t offset;       /* 128: of the next call */
    int32_t flags;         /* 136: FOLL_WRITE and the like */
};

struct extent {
    int32_t pfn;
    int32_t pages;
};

/* ---- words: the access mode is the last word of the name, as in Words.java ------------------------------------------ */

ALWAYS_INLINE uint64_t get64_volatile(uint64_t address) {
    return atomic_load_explicit((_Atomic uint64_t *)address, memory_order_seq_cst);
}

ALWAYS_INLINE int32_t get32_volatile(uint64_t address) {
    return atomic_load_explicit((_Atomic int32_t *)address, memory_order_seq_cst);
}

ALWAYS_INLINE uint64_t get64_opaque(uint64_t address) {
    return atomic_load_explicit((_Atomic uint64_t *)address, memory_order_relaxed);
}

ALWAYS_INLINE void set64_opaque(uint64_t address, uint64_t value) {
    atomic_store_explicit((_Atomic uint64_t *)address, value, memory_order_relaxed);
}

ALWAYS_INLINE void set64_release(uint64_t address, uint64_t value) {
    atomic_store_explicit((_Atomic uint64_t *)address, value, memory_order_release);
}

ALWAYS_INLINE bool cas64(uint64_t address, uint64_t expected, uint64_t next) {
    return atomic_compare_exchange_strong((_Atomic uint64_t *)address, &expected, next);
}

ALWAYS_INLINE bool cas32(uint64_t address, int32_t expected, int32_t next) {
    return atomic_compare_exchange_strong((_Atomic int32_t *)address, &expected, next);
}

ALWAYS_INLINE int32_t add32(uint64_t address, int32_t delta) {
    return atomic_fetch_add((_Atomic int32_t *)address, delta);
}

ALWAYS_INLINE void count(uint64_t address, uint64_t n) {
    set64_opaque(address, get64_opaque(address) + n);
}

ALWAYS_INLINE uint64_t entry_pfn(uint64_t entry) {
    return (entry & PFN_MASK) >> PAGE_SHIFT;
}

ALWAYS_INLINE uint64_t batch_word(const struct gup *gup, uint64_t state) {
    return gup->batch_id << STATE_BITS | state;
}

/* ---- giving back: the mirror of the grab ----------------------------------------------------------------------------- */

static NOINLINE void corrupt(void) {
    __builtin_trap(); /* MemoryModelError: fewer references than were dropped, or a frame number that no memory has */
}

/* A page of these rows always keeps the reference of its mapping: the last put would be a defect of the benchmark. */
ALWAYS_INLINE void put(uint64_t head, int32_t n, bool pinned, bool large) {
    if (pinned && large && unlikely(add32(head + PINCOUNT, -n) < n)) {
        corrupt();
    }
    int32_t amount = pinned && !large ? n * PIN_BIAS : n;
    int32_t found = add32(head + REFCOUNT, -amount);
    if (unlikely(found >= 0 && found <= amount)) {
        corrupt();
    }
}

static NOINLINE void undo(const struct gup *gup, uint64_t head, int32_t n, bool pinned, bool large) {
    if (pinned) {
        count(gup->batch + BATCH_ACQUIRED, (uint64_t)n);
        count(gup->batch + BATCH_RELEASED, (uint64_t)n);
    }
    put(head, n, pinned, large);
}

/* ---- output ----------------------------------------------------------------------------------------------------------- */

/* Where the pages go: a list of frame numbers, or extents that grow while frames follow each other. */
struct sink {
    int32_t *pfns;
    struct extent *extents;
    int32_t used; /* extents */
};

ALWAYS_INLINE void append(struct sink *sink, bool extents, int32_t n, uint64_t pfn, int32_t run) {
    if (!extents) {
        for (int32_t i = 0; i < run; i++) {
            sink->pfns[n + i] = (int32_t)pfn + i;
        }
        return;
    }
    struct extent *last = sink->extents + sink->used - 1;
    if (sink->used > 0 && (uint64_t)(uint32_t)last->pfn + (uint64_t)last->pages == pfn) {
        last->pages += run;
    } else {
        last[1] = (struct extent){(int32_t)pfn, run};
        sink->used++;
    }
}

/* ---- the walk --------------------------------------------------------------------------------------------------------- */

ALWAYS_INLINE bool must_unshare(uint64_t mapping, uint64_t record) {
    return (mapping & ANON) != 0 && (get64_volatile(record + FLAGS) & ANON_EXCLUSIVE) == 0;
}

/* PAGE12: tested before it is set, so that a warm line is not written. */
ALWAYS_INLINE void mark_referenced(uint64_t head) {
    if (unlikely((get64_opaque(head + FLAGS) & REFERENCED) == 0)) {
        atomic_fetch_or((_Atomic uint64_t *)(head + FLAGS), REFERENCED);
    }
}

/*
 * PAGE1 to PAGE12 for a run of entries that map consecutive pages of one large folio with the same bits: one reference operation for
 * all, and every entry of the run read again after it. Returns the pages obtained, 0 when the walk has to stop.
 */
ALWAYS_INLINE int32_t grab_run(const struct gup *gup, uint64_t pte_address, uint64_t pte, uint64_t pmd_address,
                               uint64_t pmd, int32_t most, bool pin, bool read_only_pin) {
    uint64_t pfn = entry_pfn(pte);
    uint64_t record = gup->record_base + (pfn << RECORD_SHIFT);
    for (;;) {
        uint64_t compound = get64_volatile(record + COMPOUND); /* GRAB1 */
        bool large = compound != 0;
        uint64_t head_pfn = (compound & TAIL) != 0 ? compound >> COMPOUND_SHIFT : pfn;
        uint64_t head = gup->record_base + (head_pfn << RECORD_SHIFT);
        int32_t run = 1;
        if (large) {
            uint64_t order = get64_volatile(head + COMPOUND) >> COMPOUND_SHIFT;
            uint64_t left = head_pfn + (1ULL << (order & 31)) - pfn;
            int32_t longest = left < (uint64_t)most ? (int32_t)left : most;
            /* a guess: entries of one folio differ by their frame number alone, so one look at the last mostly tells */
            if (get64_opaque(pte_address + (uint64_t)(longest - 1) * 8)
                    == pte + ((uint64_t)(longest - 1) << PAGE_SHIFT)) {
                run = longest;
            }
            uint64_t next = pte;
            while (run < longest
                    && get64_opaque(pte_address + (uint64_t)run * 8) == (next += 1ULL << PAGE_SHIFT)) {
                run++;
            }
        }
        int32_t found = get32_volatile(head + REFCOUNT); /* GRAB2 */
        if (found <= 0) {
            return 0;
        }
        if (!cas32(head + REFCOUNT, found, found + (pin && !large ? run * PIN_BIAS : run))) { /* GRAB3 (WALK5) */
            continue;
        }
        if (get64_volatile(record + COMPOUND) != compound) { /* GRAB4 */
            put(head, run, pin && !large, false);
            continue;
        }
        if (pin && large) {
            add32(head + PINCOUNT, run); /* GRAB5 */
        }
        bool same = get64_volatile(pmd_address) == pmd; /* PAGE7, then PAGE8 of each: after the RMW */
        uint64_t expected = pte;
        for (int32_t i = 0; same && i < run; i++, expected += 1ULL << PAGE_SHIFT) {
            same = get64_volatile(pte_address + (uint64_t)i * 8) == expected;
        }
        uint64_t mapping = same ? get64_volatile(head + MAPPING) : 0; /* PAGE9 */
        if (unlikely(!same || (mapping & SECRET) != 0)) {
            undo(gup, head, run, pin, large);
            return 0;
        }
        if (read_only_pin && (pte & WRITE) == 0) { /* PAGE10: each page has its own exclusive flag */
            for (int32_t i = 0; i < run; i++) {
                if (must_unshare(mapping, record + ((uint64_t)i << RECORD_SHIFT))) {
                    undo(gup, head, run, pin, large);
                    return 0;
                }
            }
        }
        mark_referenced(head);
        return run;
    }
}

/* The entries of one page table. */
ALWAYS_INLINE int32_t pte_range(const struct gup *gup, uint64_t pte_address, uint64_t pmd_address, uint64_t pmd, int32_t n,
                                int32_t end, int32_t flags, struct sink *sink, bool pin, bool extents) {
    uint64_t records = gup->record_base;
    uint64_t limit = gup->frames;
    uint64_t zero = gup->zero_pfn;
    int32_t add = pin ? PIN_BIAS : 1;
    bool read_only_pin = pin && (flags & FOLL_WRITE) == 0;
    uint64_t required = PRESENT | USER | ((flags & FOLL_WRITE) != 0 ? WRITE : 0);
    uint64_t examined = required | SPECIAL | DEVMAP;
    while (n < end) {
        uint64_t pte = get64_volatile(pte_address);    /* PAGE1 (WALK4) */
        if (unlikely((pte & examined) != required)) {  /* PAGE2, PAGE3, PAGE4 */
            return n;
        }
        uint64_t pfn = entry_pfn(pte);
        if (unlikely(pfn >= limit)) {
            corrupt();
        }
        uint64_t record = records + (pfn << RECORD_SHIFT);
        int32_t found;
        if (get64_volatile(record + COMPOUND) != 0 || unlikely(pfn == zero)
                || unlikely((found = get32_volatile(record + REFCOUNT)) <= 0)
                || unlikely(!cas32(record + REFCOUNT, found, found + add))) { /* PAGE5 (WALK5) */
            int32_t run = pfn == zero ? 0
                    : grab_run(gup, pte_address, pte, pmd_address, pmd, end - n, pin, read_only_pin);
            if (run == 0) {
                return n;
            }
            append(sink, extents, n, pfn, run);
            n += run;
            pte_address += (uint64_t)run * 8;
            continue;
        }
        if (unlikely(get64_volatile(record + COMPOUND) != 0)) { /* PAGE6: another folio's by now */
            undo(gup, record, 1, pin, false);
            continue;
        }
        if (unlikely(get64_volatile(pmd_address) != pmd) || unlikely(get64_volatile(pte_address) != pte)) { /* PAGE7, PAGE8 */
            undo(gup, record, 1, pin, false);
            return n;
        }
        if (pin && unlikely((flags & FOLL_LONGTERM) != 0)) {
            corrupt(); /* not among the rows */
        }
        uint64_t mapping = get64_volatile(record + MAPPING); /* PAGE9 */
        if (unlikely((mapping & SECRET) != 0)
                || (read_only_pin && (pte & WRITE) == 0 && must_unshare(mapping, record))) { /* PAGE10 */
            undo(gup, record, 1, pin, false);
            return n;
        }
        mark_referenced(record); /* PAGE12 */
        append(sink, extents, n, pfn, 1);
        n++;
        pte_address += 8;
    }
    return n;
}

/* A leaf at PMD or PUD level: one reference operation for all pages wanted of it. Returns the pages obtained. */
ALWAYS_INLINE int32_t leaf_range(const struct gup *gup, uint64_t entry_address, uint64_t entry, int32_t level,
                                 uint64_t address, int32_t n, int32_t pages, int32_t flags, struct sink *sink, bool pin,
                                 bool extents) {
    uint64_t required = PRESENT | USER | ((flags & FOLL_WRITE) != 0 ? WRITE : 0);
    if (unlikely((entry & (required | DEVMAP)) != required)) {
        return n;
    }
    uint64_t covered = 1ULL << (level * BITS_PER_LEVEL);
    uint64_t index = address >> PAGE_SHIFT & (covered - 1);
    uint64_t pfn = entry_pfn(entry) + index;
    int32_t wanted = pages - n;
    int32_t run = covered - index < (uint64_t)wanted ? (int32_t)(covered - index) : wanted;
    if (unlikely(pfn + (uint64_t)run > gup->frames)) {
        corrupt();
    }
    uint64_t record = gup->record_base + (pfn << RECORD_SHIFT);
    for (;;) {
        uint64_t compound = get64_volatile(record + COMPOUND); /* GRAB1 */
        uint64_t head = gup->record_base
                + (((compound & TAIL) != 0 ? compound >> COMPOUND_SHIFT : pfn) << RECORD_SHIFT);
        int32_t found = get32_volatile(head + REFCOUNT); /* GRAB2 */
        if (unlikely(found <= 0 || compound == 0)) {
            return n;
        }
        if (!cas32(head + REFCOUNT, found, found + run)) { /* GRAB3 */
            continue;
        }
        if (unlikely(get64_volatile(record + COMPOUND) != compound)) { /* GRAB4 */
            put(head, run, false, true);
            continue;
        }
        if (pin) {
            add32(head + PINCOUNT, run); /* GRAB5 */
        }
        if (unlikely(get64_volatile(entry_address) != entry)) { /* LEAF6 */
            undo(gup, head, run, pin, true);
            return n;
        }
        if (pin && (flags & FOLL_WRITE) == 0 && (entry & WRITE) == 0
                && must_unshare(get64_volatile(head + MAPPING), head)) { /* LEAF8: the head's flag is that of the leaf */
            undo(gup, head, run, pin, true);
            return n;
        }
        mark_referenced(head);
        append(sink, extents, n, pfn, run);
        return n + run;
    }
}

/* From the root table down; the folded loop over levels of FastWalk. */
ALWAYS_INLINE int32_t walk(const struct gup *gup, uint64_t start, int32_t pages, int32_t flags, struct sink *sink, bool pin,
                           bool extents) {
    uint64_t base = gup->frame_base;
    uint64_t limit = gup->frames;
    uint64_t root = get64_volatile(gup->control + MM_ROOT); /* WALK3 */
    if (root == 0) {
        return 0;
    }
    uint64_t address = start;
    int32_t n = 0;
    do {
        uint64_t table = root;
        uint64_t entry_address;
        uint64_t entry;
        int32_t level = ROOT_LEVEL;
        do {
            uint64_t index = address >> (PAGE_SHIFT + level * BITS_PER_LEVEL) & (ENTRIES - 1);
            entry_address = base + (table << PAGE_SHIFT) + index * 8;
            entry = get64_volatile(entry_address);
            if ((entry & (PRESENT | HUGE)) != PRESENT) {
                break;
            }
            table = entry_pfn(entry);
            if (unlikely(table >= limit)) {
                corrupt();
            }
        } while (--level > PTE_LEVEL);
        int32_t end;
        int32_t obtained;
        if (level == PTE_LEVEL) {
            uint64_t index = address >> PAGE_SHIFT & (ENTRIES - 1);
            end = pages - n < ENTRIES - (int32_t)index ? pages : n + ENTRIES - (int32_t)index;
            obtained = pte_range(gup, base + (table << PAGE_SHIFT) + index * 8, entry_address, entry, n, end, flags, sink,
                                 pin, extents);
        } else {
            if (level > PMD_LEVEL + 1 || (entry & (PRESENT | HUGE)) != (PRESENT | HUGE)) {
                return n;
            }
            uint64_t covered = 1ULL << (level * BITS_PER_LEVEL);
            uint64_t index = address >> PAGE_SHIFT & (covered - 1);
            end = (uint64_t)(pages - n) < covered - index ? pages : n + (int32_t)(covered - index);
            obtained = leaf_range(gup, entry_address, entry, level, address, n, pages, flags, sink, pin, extents);
        }
        if (obtained < end) {
            return obtained;
        }
        address += (uint64_t)(end - n) << PAGE_SHIFT;
        n = end;
    } while (n < pages);
    return n;
}

/* WALK9: a fork came in between; everything goes back. */
static NOINLINE void give_back_all(const struct gup *gup, const struct sink *sink, int32_t n, bool extents) {
    for (int32_t i = extents ? sink->used - 1 : n - 1; i >= 0; i--) {
        uint64_t pfn = (uint32_t)(extents ? sink->extents[i].pfn : sink->pfns[i]);
        int32_t run = extents ? sink->extents[i].pages : 1;
        for (int32_t j = 0; j < run; j++) {
            uint64_t record = gup->record_base + ((pfn + (uint64_t)j) << RECORD_SHIFT);
            uint64_t compound = get64_volatile(record + COMPOUND);
            uint64_t head = (compound & TAIL) != 0 ? gup->record_base + (compound >> COMPOUND_SHIFT << RECORD_SHIFT)
                                                   : record;
            undo(gup, head, 1, true, compound != 0);
        }
    }
}

/* ---- the call: get_user_pages_fast, pin_user_pages_fast ---------------------------------------------------------------- */

ALWAYS_INLINE int32_t obtain(struct gup *gup, uint64_t address, int32_t pages, int32_t asked, bool pin, bool extents) {
    if ((asked & (~FAST_LEGAL | (pin ? FOLL_GET : FOLL_LONGTERM))) != 0) { /* CALL1 */
        return -22;
    }
    int32_t flags = asked | (pin ? FOLL_PIN : FOLL_GET);
    uint64_t start = address & ~4095ULL;
    if (pages <= 0 || start > USER_END - ((uint64_t)pages << PAGE_SHIFT)) {
        return pages == 0 ? 0 : -14;
    }
    if (!extents && pages > gup->capacity) {
        return -22;
    }
    if (pin && unlikely((get64_volatile(gup->control + MM_FLAGS) & HAS_PINNED) == 0)) { /* CALL3 */
        atomic_fetch_or((_Atomic uint64_t *)(gup->control + MM_FLAGS), HAS_PINNED);
    }
    if (unlikely(!cas64(gup->slot + SLOT_WORD, (uint64_t)gup->idle, get64_volatile(gup->epoch)))) { /* WALK1 */
        return -1;
    }
    if (unlikely(!cas64(gup->batch + BATCH_WORD, batch_word(gup, EMPTY), batch_word(gup, FILLING)))) { /* BATCH1 */
        set64_release(gup->slot + SLOT_WORD, (uint64_t)gup->idle);
        return -1;
    }
    gup->stop_errno = 0;
    gup->stop_address = 0;
    struct sink sink = {(int32_t *)gup->out, (struct extent *)gup->out, 0};
    int32_t n;
    if (!pin) {
        n = walk(gup, start, pages, flags, &sink, false, extents);
    } else {
        int32_t before = get32_volatile(gup->control + MM_WRITE_PROTECT_SEQ); /* WALK2 */
        n = (before & 1) != 0 ? 0 : walk(gup, start, pages, flags, &sink, true, extents);
        if (n > 0 && unlikely(get32_volatile(gup->control + MM_WRITE_PROTECT_SEQ) != before)) { /* WALK9 */
            give_back_all(gup, &sink, n, extents);
            n = 0;
        }
        count(gup->batch + BATCH_ACQUIRED, (uint64_t)n);
    }
    count(gup->slot + SLOT_COUNTERS + FAST_HITS * 8, (uint64_t)n);
    set64_release(gup->slot + SLOT_WORD, (uint64_t)gup->idle); /* WALK10 */
    int32_t held = extents ? sink.used : n;
    if (unlikely(get64_volatile(gup->batch + BATCH_WORD) != batch_word(gup, FILLING)) || held > gup->capacity) { /* CALL5 */
        return -1;
    }
    if (unlikely(n < pages)) {
        gup->stop_errno = 11;
        gup->stop_address = start + ((uint64_t)n << PAGE_SHIFT);
    }
    gup->size = held;
    set64_opaque(gup->batch + BATCH_PAGES, (uint64_t)n);
    set64_release(gup->batch + BATCH_WORD, batch_word(gup, n == 0 ? EMPTY : pin ? HELD_PIN : HELD_GET)); /* BATCH2 */
    return n;
}

/* ---- the release: put_page, unpin_user_pages ---------------------------------------------------------------------------- */

ALWAYS_INLINE void drop_list(const struct gup *gup, const int32_t *pfns, int32_t size, bool pin) {
    uint64_t records = gup->record_base;
    for (int32_t i = 0; i < size;) {
        uint64_t pfn = (uint32_t)pfns[i];
        if (unlikely(pfn >= gup->frames)) {
            corrupt();
        }
        if (pin && unlikely(pfn == gup->zero_pfn)) {
            i++;
            continue;
        }
        uint64_t record = records + (pfn << RECORD_SHIFT);
        uint64_t compound = get64_volatile(record + COMPOUND);
        if (compound == 0) {
            put(record, 1, pin, false);
            i++;
            continue;
        }
        uint64_t head_pfn = (compound & TAIL) != 0 ? compound >> COMPOUND_SHIFT : pfn;
        uint64_t head = records + (head_pfn << RECORD_SHIFT);
        uint64_t end_pfn = head_pfn + (1ULL << (get64_volatile(head + COMPOUND) >> COMPOUND_SHIFT & 31));
        int32_t to = i + 1;
        while (to < size && (uint32_t)pfns[to] == pfn + (uint64_t)(to - i) && (uint32_t)pfns[to] < end_pfn) {
            to++;
        }
        put(head, to - i, pin, true);
        i = to;
    }
}

ALWAYS_INLINE void drop_extents(const struct gup *gup, const struct extent *extents, int32_t size, bool pin) {
    uint64_t records = gup->record_base;
    for (int32_t i = 0; i < size; i++) {
        uint64_t pfn = (uint32_t)extents[i].pfn;
        uint64_t end = pfn + (uint64_t)extents[i].pages;
        if (unlikely(end > gup->frames)) {
            corrupt();
        }
        while (pfn < end) {
            uint64_t record = records + (pfn << RECORD_SHIFT);
            uint64_t compound = get64_volatile(record + COMPOUND);
            if (compound == 0) {
                if (!pin || likely(pfn != gup->zero_pfn)) {
                    put(record, 1, pin, false);
                }
                pfn++;
                continue;
            }
            uint64_t head_pfn = (compound & TAIL) != 0 ? compound >> COMPOUND_SHIFT : pfn;
            uint64_t head = records + (head_pfn << RECORD_SHIFT);
            uint64_t end_pfn = head_pfn + (1ULL << (get64_volatile(head + COMPOUND) >> COMPOUND_SHIFT & 31));
            uint64_t to = end_pfn < end ? end_pfn : end;
            put(head, (int32_t)(to - pfn), pin, true);
            pfn = to;
        }
    }
}

ALWAYS_INLINE int32_t release(struct gup *gup, bool pin, bool extents) {
    if (unlikely(!cas64(gup->batch + BATCH_WORD, batch_word(gup, pin ? HELD_PIN : HELD_GET),
                        batch_word(gup, RELEASING)))) { /* BATCH3 */
        return -1;
    }
    int32_t size = gup->size;
    int32_t pages = (int32_t)get64_opaque(gup->batch + BATCH_PAGES);
    if (pin) { /* counted before it is dropped; pins of the zero page are not counted */
        int32_t counted = pages;
        for (int32_t i = 0; !extents && i < size; i++) {
            counted -= ((const int32_t *)gup->out)[i] == (int32_t)gup->zero_pfn;
        }
        count(gup->batch + BATCH_RELEASED, (uint64_t)counted);
    }
    if (extents) {
        drop_extents(gup, (const struct extent *)gup->out, size, pin);
    } else {
        drop_list(gup, (const int32_t *)gup->out, size, pin);
    }
    gup->size = 0;
    set64_opaque(gup->batch + BATCH_PAGES, 0);
    set64_release(gup->batch + BATCH_WORD, batch_word(gup, EMPTY)); /* BATCH4 */
    return pages;
}

/* ---- what Java calls: so many calls in a row, each of them a get and a put; the sum of the pages obtained ----------------- */

ALWAYS_INLINE int32_t run(struct gup *gup, int32_t calls, bool pin, bool extents) {
    int32_t sum = 0;
    for (int32_t i = 0; i < calls; i++) {
        uint64_t offset = gup->offset;
        uint64_t next = offset + ((uint64_t)gup->pages << PAGE_SHIFT);
        gup->offset = next >= gup->bytes ? 0 : next;
        int32_t n = obtain(gup, gup->start + offset, gup->pages, gup->flags, pin, extents);
        if (n > 0) {
            release(gup, pin, extents);
        }
        sum += n;
    }
    return sum;
}

EXPORT int32_t list_get(struct gup *gup, int32_t calls) {
    return run(gup, calls, false, false);
}

EXPORT int32_t list_pin(struct gup *gup, int32_t calls) {
    return run(gup, calls, true, false);
}

EXPORT int32_t extents_get(struct gup *gup, int32_t calls) {
    return run(gup, calls, false, true);
}

EXPORT int32_t extents_pin(struct gup *gup, int32_t calls) {
    return run(gup, calls, true, true);
}

/*
 * The floor: two locked instructions for each page, one pass up and one down over the pages of a call, and nothing else. The calls
 * go through the array from index first on, and from its start again.
 */
EXPORT int32_t two_atomics(uint64_t record_base, const int32_t *pfns, int32_t all, int32_t first, int32_t pages,
                           int32_t calls) {
    uint64_t counts = record_base + REFCOUNT;
    int32_t done = 0;
    for (int32_t call = 0; call < calls; call++) {
        const int32_t *window = pfns + first;
        for (int32_t i = 0; i < pages; i++) {
            uint64_t address = counts + ((uint64_t)(uint32_t)window[i] << RECORD_SHIFT);
            int32_t found = get32_volatile(address);
            done += cas32(address, found, found + 1);
        }
        for (int32_t i = 0; i < pages; i++) {
            done += add32(counts + ((uint64_t)(uint32_t)window[i] << RECORD_SHIFT), -1) > 0;
        }
        first = first + pages >= all ? 0 : first + pages;
    }
    return done;
}

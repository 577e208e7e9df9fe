package io.pinfold.core.page;

/**
 * The mapping word of a record: which object the page belongs to, as an id with tags, so that the tests of a walker
 * need no look-up. Ids are never used twice within a memory; 0 means the page belongs to nothing.
 */
public final class MappingWord {
    /** Belongs to no mapping. */
    public static final long NONE = 0;
    /** Anonymous: the id is that of the address space. */
    public static final long ANON = 1L;
    /** Shared memory. */
    public static final long SHMEM = 2L;
    /** Secret memory: never to be grabbed. */
    public static final long SECRET = 4L;
    /** A file on device memory without a page cache. */
    public static final long FSDAX = 8L;
    /** Huge pages of a reservation; together with {@link #SHMEM}. */
    public static final long HUGETLB = 16L;
    /** All tags. */
    public static final long TAGS = 0xFF;
    /** Lowest bit of the id. */
    public static final int SHIFT = 8;

    private static final long[] EACH_TAG = {ANON, SHMEM, SECRET, FSDAX, HUGETLB};
    private static final String[] NAMES = {"anonymous", "shared", "secret", "DAX file", "hugetlb"};

    private MappingWord() {
    }

    /** The word in words, for messages: its tags and the id of what the page belongs to. */
    public static String describe(long word) {
        if (word == NONE) {
            return "none";
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < EACH_TAG.length; i++) {
            text.append((word & EACH_TAG[i]) != 0 ? NAMES[i] + " " : "");
        }
        return text.append(isAnonymous(word) ? "of space " : "of object ").append(id(word)).toString();
    }

    /** The word for an id and tags. */
    public static long of(long id, long tags) {
        return id << SHIFT | tags;
    }

    /** The id in a word. */
    public static long id(long word) {
        return word >>> SHIFT;
    }

    /** Whether the word is that of an anonymous page. */
    public static boolean isAnonymous(long word) {
        return (word & ANON) != 0;
    }

    /** Whether the word is that of secret memory. */
    public static boolean isSecret(long word) {
        return (word & SECRET) != 0;
    }
}

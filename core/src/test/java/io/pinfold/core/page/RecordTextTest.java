package io.pinfold.core.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import org.junit.jupiter.api.Test;

/** The words in which the text of a record spells out its numbers are those of the constants. */
class RecordTextTest {

    @Test
    void eachFlagHasTheNameOfItsConstant() throws IllegalAccessException {
        int flags = 0;
        for (Field constant : PageFlags.class.getFields()) {
            long value = constant.getLong(null);
            if (Long.bitCount(value) == 1) {
                assertThat(PageFlags.namesOf(value)).isEqualTo(constant.getName());
                flags++;
            }
        }
        assertThat(flags).isEqualTo(Long.bitCount(PageFlags.MASK));
        assertThat(PageFlags.namesOf(PageFlags.LOCKED | PageFlags.DIRTY)).isEqualTo("LOCKED|DIRTY");
        assertThat(PageFlags.namesOf(0)).isEqualTo("none");
    }

    @Test
    void eachTypeHasTheNameOfItsConstant() throws IllegalAccessException {
        int types = 0;
        for (Field constant : PageType.class.getFields()) {
            if (constant.getType() == int.class && !constant.getName().equals("SHIFT")) {
                assertThat(PageType.nameOf(constant.getInt(null))).isEqualTo(constant.getName());
                types++;
            }
        }
        assertThat(PageType.nameOf(types)).as("the first number that is no type").isEqualTo("type " + types);
    }

    @Test
    void aMappingWordIsItsTagsAndWhatThePageBelongsTo() {
        assertThat(MappingWord.describe(MappingWord.NONE)).isEqualTo("none");
        assertThat(MappingWord.describe(MappingWord.of(3, MappingWord.ANON))).isEqualTo("anonymous of space 3");
        assertThat(MappingWord.describe(MappingWord.of(4, MappingWord.SHMEM | MappingWord.HUGETLB)))
                .isEqualTo("shared hugetlb of object 4");
        assertThat(MappingWord.describe(MappingWord.of(5, MappingWord.SECRET))).isEqualTo("secret of object 5");
        assertThat(MappingWord.describe(MappingWord.of(6, MappingWord.FSDAX))).isEqualTo("DAX file of object 6");
    }

    @Test
    void aTableNamesItsSpace() {
        assertThat(RecordText.of(7, PageType.TABLE, PageFlags.LOCKED, 7, 0, 1, 0, 0, 0, 2, 9, 0x1000))
                .isEqualTo("page 7: TABLE order 0 ref 1 pin 0 map 0 generation 2 flags LOCKED mapping space 9"
                        + " index 0x1000");
    }
}

package io.pinfold.core.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WordsTest {
    private final Arena arena = Arena.ofConfined();
    private final long address = arena.allocate(4096, 64).address();

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void everyLongAccessorReadsAndWritesTheSameWord() {
        Words.setLong(address, 1);
        assertThat(Words.getLong(address)).isEqualTo(1);
        Words.setLongOpaque(address, 2);
        assertThat(Words.getLongOpaque(address)).isEqualTo(2);
        Words.setLongRelease(address, 3);
        assertThat(Words.getLongAcquire(address)).isEqualTo(3);
        Words.setLongVolatile(address, 4);
        assertThat(Words.getLongVolatile(address)).isEqualTo(4);
        assertThat(Words.compareAndSetLong(address, 5, 6)).isFalse();
        assertThat(Words.compareAndSetLong(address, 4, -6)).isTrue();
        assertThat(Words.compareAndExchangeLong(address, 0, 7)).isEqualTo(-6);
        assertThat(Words.getAndSetLong(address, 0xF0)).isEqualTo(-6);
        assertThat(Words.getAndAddLong(address, 1)).isEqualTo(0xF0);
        assertThat(Words.getAndBitwiseOrLong(address, 0xF)).isEqualTo(0xF1);
        assertThat(Words.getAndBitwiseAndLong(address, 0x3C)).isEqualTo(0xFF);
        assertThat(Words.getLong(address)).isEqualTo(0x3C);
    }

    @Test
    void everyIntAccessorReadsAndWritesTheSameWordAndNotItsNeighbour() {
        Words.setInt(address, -1);
        long word = address + Integer.BYTES;
        Words.setInt(word, 1);
        assertThat(Words.getInt(word)).isEqualTo(1);
        Words.setIntOpaque(word, 2);
        assertThat(Words.getIntOpaque(word)).isEqualTo(2);
        Words.setIntRelease(word, 3);
        assertThat(Words.getIntAcquire(word)).isEqualTo(3);
        Words.setIntVolatile(word, 4);
        assertThat(Words.getIntVolatile(word)).isEqualTo(4);
        assertThat(Words.compareAndSetInt(word, 5, 6)).isFalse();
        assertThat(Words.compareAndSetInt(word, 4, -6)).isTrue();
        assertThat(Words.compareAndExchangeInt(word, 0, 7)).isEqualTo(-6);
        assertThat(Words.getAndSetInt(word, 0xF0)).isEqualTo(-6);
        assertThat(Words.getAndAddInt(word, 1)).isEqualTo(0xF0);
        assertThat(Words.getAndBitwiseOrInt(word, 0xF)).isEqualTo(0xF1);
        assertThat(Words.getAndBitwiseAndInt(word, 0x3C)).isEqualTo(0xFF);
        assertThat(Words.getInt(word)).isEqualTo(0x3C);
        assertThat(Words.getInt(address)).isEqualTo(-1);
        assertThat(Words.getInt(address + 8)).isZero();
    }

    @Test
    void misalignedWordsAreRefusedAndNotTorn() {
        assertThatThrownBy(() -> Words.getLongVolatile(address + 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Words.setLong(address + 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Words.getAndAddInt(address + 2, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void bytesAreFilledCopiedAndViewed() {
        Words.fill(address, 16, (byte) 7);
        Words.setByte(address + 3, (byte) 9);
        assertThat(Words.getByte(address + 3)).isEqualTo((byte) 9);
        assertThat(Words.getByte(address + 16)).isZero();
        Words.copy(address, address + 1, 15); // overlapping, forwards
        assertThat(Words.getByte(address + 4)).isEqualTo((byte) 9);
        byte[] out = new byte[6];
        Words.copyOut(address + 2, out, 1, 4);
        assertThat(out).containsExactly(0, 7, 7, 9, 7, 0);
        Words.copyIn(out, 1, address + 32, 4);
        assertThat(Words.view(address + 32, 4).toArray(ValueLayout.JAVA_BYTE))
                .containsExactly(7, 7, 9, 7);
        assertThatThrownBy(() -> Words.copyOut(address, out, 4, 4)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void racyReadsReadWhatIsThere() {
        Words.setLong(address + 8, 0x0807_0605_0403_0201L);
        assertThat(Words.readRacy(address + 8)).isEqualTo(0x0807_0605_0403_0201L);
        byte[] out = new byte[5];
        MemorySegment target = MemorySegment.ofArray(out).asSlice(1, 3);
        Words.copyRacy(address + 9, target);
        Words.acquireFence();
        Words.storeStoreFence();
        assertThat(target.mismatch(Words.view(address + 9, 3))).isEqualTo(-1);
        assertThat(out).startsWith(0).endsWith(0);
        Words.copyRacy(address, MemorySegment.ofArray(new byte[0]));
    }

    @Test
    void aViewInAnArenaEndsWithIt() {
        var view = Words.view(address, 8, arena);
        assertThat(view.byteSize()).isEqualTo(8);
        try (Arena shorter = Arena.ofConfined()) {
            view = Words.view(address, 8, shorter);
        }
        var ended = view;
        assertThatThrownBy(() -> ended.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void bothWordSizesHaveTheSameAccessors() {
        List<String> longs = namesWith("Long");
        assertThat(longs).hasSize(14).isEqualTo(namesWith("Int"));
    }

    private static List<String> namesWith(String size) {
        return Arrays.stream(Words.class.getDeclaredMethods()).map(Method::getName).filter(name -> name.contains(size))
                .map(name -> name.replace(size, "?")).sorted().toList();
    }
}

package io.pinfold.core.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MutexTest {
    @Test
    void excludesAndKnowsItsHolder() throws InterruptedException {
        Mutex mutex = new Mutex();
        int[] count = new int[1];
        Runnable work = () -> {
            for (int i = 0; i < 50_000; i++) {
                mutex.lock();
                try {
                    count[0]++;
                } finally {
                    mutex.unlock();
                }
            }
        };
        Thread other = new Thread(work);
        other.start();
        work.run();
        other.join();
        assertThat(count[0]).isEqualTo(100_000);
        assertThat(mutex.heldByCurrentThread()).isFalse();
        mutex.lock();
        assertThat(mutex.heldByCurrentThread()).isTrue();
        mutex.unlock();
        assertThatThrownBy(mutex::unlock).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void takenTwiceByOneThreadIsRefusedAndStillTakenOnce() {
        Mutex mutex = new Mutex("some lock");
        mutex.lock();
        assertThatThrownBy(mutex::lock).isInstanceOf(IllegalMonitorStateException.class)
                .hasMessageContaining("a second time").hasMessageContaining("some lock");
        assertThat(mutex.heldByCurrentThread()).isTrue();
        mutex.unlock();
        assertThat(mutex.heldByCurrentThread()).isFalse();
        mutex.lock();
        mutex.unlock();
    }

    @Test
    void sharedHoldersLetEachOtherInAndKeepTheExclusiveOneOut() {
        SharedMutex mutex = new SharedMutex();
        long first = mutex.lockShared();
        long second = mutex.tryLockShared();
        assertThat(second).isNotZero();
        assertThat(mutex.isHeldShared()).isTrue();
        mutex.unlock(first);
        mutex.unlock(second);
        long exclusive = mutex.lockExclusive();
        assertThat(mutex.isHeldExclusive()).isTrue();
        assertThat(mutex.tryLockShared()).isZero();
        mutex.unlock(exclusive);
        assertThat(mutex.isHeldExclusive()).isFalse();
        assertThatThrownBy(() -> mutex.unlock(exclusive)).isInstanceOf(IllegalMonitorStateException.class);
    }
}

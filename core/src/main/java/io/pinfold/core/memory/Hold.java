package io.pinfold.core.memory;

/**
 * What a batch holds, as the type parameter of {@link Batch}: gets or pins. No object is ever of these types. They are
 * there so that a program that puts what it pinned, or pins into a batch of gets, does not compile; where a raw type
 * or an array hides it from the compiler, the release throws {@link io.pinfold.core.gup.WrongKindException}.
 */
public sealed interface Hold {

    /** Plain references: the frame stays, and its data is not to be used through it. Kernel: FOLL_GET. */
    final class Get implements Hold {
        private Get() {
        }
    }

    /** Pins: the data may be read or written through the frame until they are released. Kernel: FOLL_PIN. */
    final class Pin implements Hold {
        private Pin() {
        }
    }
}

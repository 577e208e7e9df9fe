package io.pinfold.hwmodel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON that is written is read again digit by digit, and text that is not JSON is refused. */
class JsonTest {

    @Test
    void numbersComeBackToTheLastDigit() {
        Json json = new Json().put("most", Long.MAX_VALUE).put("least", Long.MIN_VALUE)
                .put("above2to53", (1L << 53) + 1)
                .put("tiny", 1e-7).put("third", 1.0 / 3).put("double", Double.MAX_VALUE).put("int", 7);

        assertThat(Json.readObject(json.toString())).isEqualTo(Map.of("most", Long.MAX_VALUE, "least", Long.MIN_VALUE,
                "above2to53", (1L << 53) + 1, "tiny", 1e-7, "third", 1.0 / 3, "double", Double.MAX_VALUE, "int", 7L));
    }

    @Test
    void whatIsNoNumberIsNull() {
        Json json = new Json().put("infinite", Double.POSITIVE_INFINITY).put("list", List.of(Double.NaN, 1)).put("none",
                null);

        assertThat(json).hasToString("{\"infinite\":null,\"list\":[null,1],\"none\":null}");
    }

    @Test
    void textComesBackLetterByLetter() {
        String nasty = "quote \" backslash \\ newline \n tab \t \u0001 \ud83d\ude00 \ud83d alone ä";

        String written = new Json().put("text", nasty).put("none", List.of()).toString();

        assertThat(Json.readObject(written)).containsEntry("text", nasty).containsEntry("none", List.of());
        assertThat(written).as("a lone surrogate would be lost in a file").matches(
                all -> all.chars().noneMatch(c -> Character.isSurrogate((char) c)));
    }

    @Test
    void objectsNestAndKeepTheirOrder() {
        Json json = new Json().put("z", new Json().put("b", true).put("a", Map.of("x", List.of(new Json())))).put("y",
                Thread.State.NEW);

        assertThat(json).hasToString("{\"z\":{\"b\":true,\"a\":{\"x\":[{}]}},\"y\":\"NEW\"}");
        assertThat(Json.readObject(json.toString()).keySet()).containsExactly("z", "y");
    }

    @Test
    void everyKindOfValueIsRead() {
        assertThat(
                Json.readObject(" {\"a\": [1, -2.5e3, true, false, null], \"b\": {\"c\": \"x\\n\\\"\\u00e4\\\\\"}} "))
                .isEqualTo(
                        Map.of("a", Arrays.asList(1L, -2500.0, true, false, null), "b", Map.of("c", "x\n\"\u00e4\\")));
        assertThat(Json.read("[]")).isEqualTo(List.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[1,]", "{\"a\"}", "{\"a\":1", "\"a", "tru", "1 2", "\"\\x\"", "\"\\u12\"", "-",
            "{a:1}", "{\"a\":1,\"a\":2}", "{} x"})
    void whatIsNoJsonIsRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Json.read(text)).withMessageContaining("not JSON");
    }

    @Test
    void whatIsNoObjectIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Json.readObject("[]")).withMessage("no JSON object");
    }
}

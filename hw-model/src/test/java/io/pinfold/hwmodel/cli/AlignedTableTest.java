package io.pinfold.hwmodel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AlignedTableTest {

    @Test
    void columnsAreAsWideAsTheirWidestCellAndNumbersStandToTheRight() {
        AlignedTable table = new AlignedTable().left("row").right("ns").left("note").row("a longer one", "7", "x")
                .row("b", "1,234");

        assertThat(table.lines()).containsExactly("row              ns  note", "a longer one      7  x",
                "b             1,234");
    }

    @Test
    void aRowIsOneLineHoweverLongItIs() {
        String words = "many words ".repeat(40).strip();

        assertThat(new AlignedTable().left("a").left("b").row("x", words).lines()).containsExactly("a  b",
                "x  " + words);
    }

    @Test
    void emptyCellsAndEmptyRowsKeepTheirPlaces() {
        assertThat(new AlignedTable().left("a").right("b").right("c").row("", "", "3").row("").row("x").lines())
                .containsExactly("a  b  c", "      3", "", "x");
    }

    @Test
    void linesThatComeOneByOneHaveTheWidthsThatWereGiven() {
        AlignedTable table = new AlignedTable().left("name", 6).right("number", 8).left("rest");

        assertThat(table.heading()).isEqualTo("name      number  rest");
        assertThat(table.line("x", "1", "y")).isEqualTo("x              1  y");
        assertThat(table.line("too long", "123456789", "y")).isEqualTo("too long  123456789  y");
    }
}

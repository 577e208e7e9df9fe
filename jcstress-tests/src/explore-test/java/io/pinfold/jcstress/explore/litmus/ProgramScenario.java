package io.pinfold.jcstress.explore.litmus;

import io.pinfold.jcstress.explore.memory.Op;
import io.pinfold.jcstress.explore.scenario.Scenario;
import io.pinfold.jcstress.explore.search.AccessGate;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Set;

/** A {@link Program} as a scenario, so that the search runs it; its outcomes are written as {@link Outcomes} does. */
final class ProgramScenario implements Scenario {
    private final Program program;
    private final Set<String> allowed;

    ProgramScenario(Program program, Set<String> allowed) {
        this.program = program;
        this.allowed = allowed;
    }

    @Override
    public String name() {
        return "program";
    }

    @Override
    public String races() {
        return "";
    }

    @Override
    public String about() {
        return program.toString();
    }

    @Override
    public List<String> allowed() {
        return List.copyOf(allowed);
    }

    @Override
    public List<String> required() {
        return List.of();
    }

    @Override
    public World build() {
        return new Placed();
    }

    private final class Placed implements World {
        private final Arena arena = Arena.ofConfined();
        private final long base = arena.allocate(program.bytes(), Program.STRIDE).address();
        private final List<List<Op>> strands = program.placed(base).strands();
        private final StringBuilder[] read = new StringBuilder[strands.size()];

        @Override
        public List<String> strands() {
            return List.of("a", "b", "c").subList(0, strands.size());
        }

        @Override
        public void begin() {
            for (int strand = 0; strand < read.length; strand++) {
                read[strand] = new StringBuilder();
            }
        }

        @Override
        public void run(int strand) {
            StringBuilder results = read[strand];
            for (Op op : strands.get(strand)) {
                long value = AccessGate.access(op.kind, op.mode, op.bytes, op.address, op.a, op.b);
                if (op.kind != Op.Kind.STORE && op.kind != Op.Kind.FENCE) {
                    results.append(value).append(' ');
                }
            }
        }

        @Override
        public String end() {
            StringBuilder text = new StringBuilder(String.join("| ", read)).append('|');
            for (int word = 0; word < program.words(); word++) {
                text.append(' ').append(AccessGate.peek(base + (long) word * Program.STRIDE));
            }
            return text.toString();
        }

        @Override
        public String state() {
            return "";
        }

        @Override
        public void name(Names names) {
            for (int word = 0; word < program.words(); word++) {
                names.name(base + (long) word * Program.STRIDE, "w" + word);
            }
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}

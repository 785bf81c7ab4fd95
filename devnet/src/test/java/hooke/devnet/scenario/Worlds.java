package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.devnet.testing.Devnet;
import hooke.node.market.Behaviour;
import hooke.node.market.OrderView;
import hooke.node.spec.ResultLeaf;
import hooke.node.task.InputSource;
import hooke.node.task.Proof;
import hooke.node.task.TaskDraft;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/// What the scenarios order, and how their providers may misbehave.
final class Worlds {
  static final Proof TWO_OF_THREE = Proof.parse("quorum:2/3");

  /// Finishes the work and says nothing of it.
  static final Behaviour NO_SHOW =
      new Behaviour() {
        @Override
        public boolean delivers(Bytes32 order) {
          return false;
        }
      };

  /// Takes what it then cannot run.
  static final Behaviour UNABLE =
      new Behaviour() {
        @Override
        public boolean runs(Bytes32 order) {
          return false;
        }
      };

  /// Commits and never reveals.
  static final Behaviour MUTE =
      new Behaviour() {
        @Override
        public boolean reveals(Bytes32 order) {
          return false;
        }
      };

  /// Reports another exit code than the program's.
  static final Behaviour LIAR =
      new Behaviour() {
        @Override
        public ResultLeaf report(ResultLeaf truth) {
          return new ResultLeaf(
              truth.index(),
              truth.outcome(),
              truth.exitCode() + 1,
              truth.fuel(),
              truth.size(),
              truth.archive());
        }
      };

  private Worlds() {}

  /// A draft with times that suit a test.
  static TaskDraft.Builder brief(Path program) {
    return TaskDraft.of(program)
        .fuel(1_000_000_000L)
        .run(Duration.ofSeconds(60))
        .window(Duration.ofSeconds(60))
        .retention(Duration.ofSeconds(60));
  }

  /// Counts the words of `text`, which is written to `folder`.
  static TaskDraft.Builder wordcount(Devnet world, Path folder, String text) throws IOException {
    Path book = Files.createTempFile(folder, "book", ".txt");
    Files.writeString(book, text);
    return brief(world.example("wordcount"))
        .args(java.util.List.of("/in/book.txt"))
        .input(new InputSource("book.txt", book));
  }

  /// What the program printed about its text, in a file that has it.
  static void assertCounted(int words, int bytes, Path output) throws IOException {
    String text = Files.readString(output, StandardCharsets.ISO_8859_1);
    Pattern line = Pattern.compile(" %d +%d /in/book.txt".formatted(words, bytes));
    assertTrue(line.matcher(text).find(), text);
  }

  /// Runs for some seconds.
  static TaskDraft.Builder primes(Devnet world, long below) {
    return brief(world.example("primes"))
        .args(java.util.List.of(Long.toString(below)))
        .fuel(20_000_000_000L)
        .run(Duration.ofMinutes(10));
  }

  /// Counts the primes below each of the lines, one after the other: ten million take some seconds.
  static TaskDraft.Builder array(Devnet world, Path lines) {
    return brief(world.example("primes"))
        .array(lines)
        .fuel(20_000_000_000L)
        .run(Duration.ofHours(1));
  }

  /// The same terms, ordered by another.
  static Terms by(Address consumer, Terms t) {
    return new Terms(
        consumer,
        t.nonce(),
        t.spec(),
        t.tasks(),
        t.cpuMillis(),
        t.memoryMib(),
        t.diskMib(),
        t.startPrice(),
        t.maxPrice(),
        t.rampSeconds(),
        t.fuelLimit(),
        t.openSeconds(),
        t.runSeconds(),
        t.windowSeconds(),
        t.retentionSeconds(),
        t.minStake(),
        t.allow(),
        t.exclusiveKey(),
        t.mode(),
        t.quorum(),
        t.slots(),
        t.originA(),
        t.originB());
  }

  static boolean settled(OrderView order) {
    return order.slots().stream()
        .allMatch(s -> s.state() == SlotState.SETTLED || s.state() == SlotState.RELEASED);
  }
}

package hooke.devnet.scenario;

import hooke.chain.Bytes32;
import hooke.chain.contract.SlotState;
import hooke.devnet.testing.Devnet;
import hooke.node.market.Behaviour;
import hooke.node.market.OrderView;
import hooke.node.spec.ResultLeaf;
import hooke.node.task.InputSource;
import hooke.node.task.Proof;
import hooke.node.task.TaskDraft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

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
        .window(Duration.ofSeconds(20))
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

  /// Runs for some seconds.
  static TaskDraft.Builder primes(Devnet world, long below) {
    return brief(world.example("primes"))
        .args(java.util.List.of(Long.toString(below)))
        .fuel(20_000_000_000L)
        .run(Duration.ofMinutes(10));
  }

  static boolean settled(OrderView order) {
    return order.slots().stream()
        .allMatch(s -> s.state() == SlotState.SETTLED || s.state() == SlotState.RELEASED);
  }
}

package hooke.devnet.process;

import hooke.devnet.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Ends everything that a devnet started, nodes before the chain they speak to, and leaves files
/// that tell the truth.
public final class TakeDown {
  private static final Duration CHAIN_GRACE = Duration.ofSeconds(10);

  private final Layout layout;
  private final Progress progress;

  public TakeDown(Layout layout, Progress progress) {
    this.layout = layout;
    this.progress = progress;
  }

  /// Ends what runs; returns when it is gone.
  ///
  /// @param wipe also forget the world: chain state, node directories, logs; wallets stay
  public void run(DevnetState state, boolean wipe) {
    List<Thread> stopping = new ArrayList<>();
    for (DevnetState.Node node : state.nodes()) {
      node.process()
          .filter(ProcessRef::alive)
          .ifPresent(process -> stopping.add(Thread.ofVirtual().start(() -> end(process))));
    }
    stopping.forEach(TakeDown::join);
    state
        .chain()
        .process()
        .filter(ProcessRef::alive)
        .ifPresent(process -> {
          boolean willing = process.stop(CHAIN_GRACE);
          progress.step(
              "chain: ended"
                  + (willing ? "" : " by force after " + CHAIN_GRACE.toSeconds() + " s"));
        });
    boolean worldEnds = state.chain().kind() == DevnetState.Kind.HARDHAT;
    if (wipe || worldEnds) {
      Layout.delete(layout.nodes());
      Layout.delete(layout.chain());
      if (wipe) {
        Layout.delete(layout.logs());
      }
      delete();
      progress.step(
          wipe
              ? "devnet: wiped; the wallets in " + layout.wallets() + " are kept"
              : "devnet: down; a Hardhat chain lives in memory, so this world has ended (wallets and logs are"
                  + " kept)");
      return;
    }
    DevnetState rest = state.withChain(state.chain().withoutProcess());
    for (DevnetState.Node node : state.nodes()) {
      rest = rest.withNode(node.withProcess(Optional.empty()));
    }
    rest.withSupervisor(Optional.empty()).write(layout.stateFile());
    progress.step("devnet: down; `hooke devnet up` goes on where it stopped");
  }

  private void end(ProcessRef process) {
    boolean willing = process.stop(NodeHost.GRACE);
    progress.step(
        process.name()
            + ": ended"
            + (willing ? "" : " by force after " + NodeHost.GRACE.toSeconds() + " s"));
  }

  private void delete() {
    try {
      Files.deleteIfExists(layout.stateFile());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + layout.stateFile(), e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while nodes were ending", e);
    }
  }
}

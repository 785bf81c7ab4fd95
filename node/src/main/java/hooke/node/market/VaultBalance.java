package hooke.node.market;

import hooke.chain.ChainException;
import hooke.chain.Wei;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an account has free in the vault, as it was lately. The chain is asked on a thread of its
/// own, so that one that is slow to answer holds nobody up. Owned by the agent's thread.
final class VaultBalance {
  private static final Logger LOG = LoggerFactory.getLogger(VaultBalance.class);

  /// An answer is good for so many blocks. A law that finds less refuses what was sent.
  private static final long GOOD_FOR_BLOCKS = 10;

  private record Answer(long block, Wei free) {}

  private final Consumer<Runnable> mailbox;
  private @Nullable Answer answer;
  private boolean asking;

  /// @param mailbox of the owner's thread
  VaultBalance(Consumer<Runnable> mailbox) {
    this.mailbox = mailbox;
  }

  /// The balance; empty while it is asked for, which this begins where it must.
  ///
  /// @param block number of the newest block
  /// @param question asks the chain; blocks
  Optional<Wei> free(long block, Supplier<Wei> question) {
    Answer known = answer;
    if (known != null && Math.abs(block - known.block()) <= GOOD_FOR_BLOCKS) {
      return Optional.of(known.free());
    }
    if (!asking) {
      asking = true;
      Thread.ofVirtual().name("vault-balance").start(() -> ask(block, question));
    }
    return Optional.empty();
  }

  private void ask(long block, Supplier<Wei> question) {
    Answer fresh = null;
    try {
      fresh = new Answer(block, question.get());
    } catch (ChainException e) {
      LOG.warn("the chain does not say what is in the vault: {}", e.getMessage());
    } finally {
      Answer said = fresh;
      mailbox.accept(() -> {
        asking = false;
        answer = said == null ? answer : said;
      });
    }
  }
}

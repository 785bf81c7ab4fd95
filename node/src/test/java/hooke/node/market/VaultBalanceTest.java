package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hooke.chain.ChainException;
import hooke.chain.Wei;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class VaultBalanceTest {
  private final LinkedBlockingQueue<Runnable> mailbox = new LinkedBlockingQueue<>();
  private final VaultBalance balance = new VaultBalance(mailbox::add);
  private final AtomicInteger asked = new AtomicInteger();

  private Supplier<Wei> answering(CompletableFuture<Wei> answer) {
    return () -> {
      asked.incrementAndGet();
      return answer.join();
    };
  }

  private void takeMail() throws InterruptedException {
    Runnable step = mailbox.poll(20, TimeUnit.SECONDS);
    if (step == null) {
      throw new AssertionError("the question was not answered");
    }
    step.run();
  }

  @Test
  void aChainThatIsSlowToAnswerIsAskedOnceAndHoldsNobodyUp() throws Exception {
    CompletableFuture<Wei> answer = new CompletableFuture<>();
    assertEquals(Optional.empty(), balance.free(5, answering(answer)));
    assertEquals(Optional.empty(), balance.free(6, answering(answer)));
    answer.complete(Wei.tokens(3));
    takeMail();
    assertEquals(Optional.of(Wei.tokens(3)), balance.free(7, answering(answer)));
    assertEquals(1, asked.get());
  }

  @Test
  void anOldAnswerIsAskedForAgain() throws Exception {
    balance.free(5, answering(CompletableFuture.completedFuture(Wei.tokens(3))));
    takeMail();
    CompletableFuture<Wei> less = CompletableFuture.completedFuture(Wei.tokens(1));
    assertEquals(Optional.empty(), balance.free(100, answering(less)));
    takeMail();
    assertEquals(Optional.of(Wei.tokens(1)), balance.free(100, answering(less)));
  }

  @Test
  void aChainThatDoesNotAnswerIsAskedAgain() throws Exception {
    balance.free(
        5,
        () -> {
          throw new ChainException(ChainException.Code.CLOSED, "no chain");
        });
    takeMail();
    CompletableFuture<Wei> answer = CompletableFuture.completedFuture(Wei.tokens(3));
    assertEquals(Optional.empty(), balance.free(6, answering(answer)));
    takeMail();
    assertEquals(Optional.of(Wei.tokens(3)), balance.free(6, answering(answer)));
  }
}

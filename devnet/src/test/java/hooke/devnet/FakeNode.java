package hooke.devnet;

import java.util.List;
import java.util.concurrent.CountDownLatch;

/// Stands where the program stands: takes a node's command line, says so, and runs until it is
/// asked to end.
final class FakeNode {
  private FakeNode() {}

  public static void main(String[] args) throws InterruptedException {
    System.out.println("fake " + List.of(args));
    new CountDownLatch(1).await();
  }
}

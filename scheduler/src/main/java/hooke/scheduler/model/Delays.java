package hooke.scheduler.model;

import java.time.Duration;

/// How long the world around a run takes; each 0 s to 1 h.
///
/// @param assign from sending a bid to knowing that it was taken, usually a block or two
/// @param deliver from the end of a run to its delivery in a block, with the wait for a receipt
/// @param bidPatience after this long without an answer a bid counts as lost
/// @param yield another slot of an order, which would have to wait here, is left to others for so
///   long from the order on
public record Delays(Duration assign, Duration deliver, Duration bidPatience, Duration yield) {

  private static final Duration MOST = Duration.ofHours(1);

  public Delays {
    Require.length("assign", assign, Duration.ZERO, MOST);
    Require.length("deliver", deliver, Duration.ZERO, MOST);
    Require.length("bidPatience", bidPatience, assign, MOST);
    Require.length("yield", yield, Duration.ZERO, MOST);
  }
}

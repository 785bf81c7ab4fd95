package hooke.scheduler.queue;

import hooke.scheduler.model.Require;
import java.time.Duration;
import java.util.Map;

/// How waiting work of different consumers is weighed.
///
/// @param weights a consumer with weight 2 gets twice the share of one with weight 1; from 1 to
///   1,000, 1 for those not named
/// @param agingStep waiting this long counts like one per cent less of the node in use; 1 s to 1 d
/// @param maxWait work that has waited this long goes before everything else; 1 s to 30 d
public record FairShare(Map<String, Integer> weights, Duration agingStep, Duration maxWait) {

  private static final Duration SHORTEST = Duration.ofSeconds(1);

  public FairShare {
    weights = Map.copyOf(weights);
    weights.forEach((name, weight) -> Require.range("weight of " + name, weight, 1, 1_000));
    Require.length("agingStep", agingStep, SHORTEST, Duration.ofDays(1));
    Require.length("maxWait", maxWait, SHORTEST, Duration.ofDays(30));
  }

  /// Equal consumers; ten seconds of waiting outweigh one per cent; nobody is passed for longer
  /// than ten minutes.
  public static FairShare equal() {
    return new FairShare(Map.of(), Duration.ofSeconds(10), Duration.ofMinutes(10));
  }

  int weightOf(String consumer) {
    return weights.getOrDefault(consumer, 1);
  }
}

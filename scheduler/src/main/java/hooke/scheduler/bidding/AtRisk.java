package hooke.scheduler.bidding;

import hooke.scheduler.model.Require;
import java.math.BigInteger;
import java.util.Map;

/// What an operator may lose by what it has promised, and has lost within the last hour, token-wei:
/// the locked bonds of slots that are not settled, and bonds that broke. Bids on their way are not
/// in it; the ledger knows those.
///
/// @param all for everybody
/// @param ofConsumers by the consumer
/// @param ofPrograms by the program, as in [hooke.scheduler.model.TaskRequest#program]
public record AtRisk(
    BigInteger all, Map<String, BigInteger> ofConsumers, Map<String, BigInteger> ofPrograms) {
  /// Nothing is.
  public static final AtRisk NOTHING = new AtRisk(BigInteger.ZERO, Map.of(), Map.of());

  public AtRisk {
    Require.amount("all", all);
    ofConsumers = Map.copyOf(ofConsumers);
    ofPrograms = Map.copyOf(ofPrograms);
  }

  BigInteger ofConsumer(String consumer) {
    return ofConsumers.getOrDefault(consumer, BigInteger.ZERO);
  }

  BigInteger ofProgram(String program) {
    return ofPrograms.getOrDefault(program, BigInteger.ZERO);
  }
}

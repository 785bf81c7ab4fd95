package hooke.chain.rpc;

import java.math.BigInteger;

/// EIP-1559 fees per gas, in wei of the chain's coin.
///
/// @param max most that is paid per gas, base fee included
/// @param priority the part of it that goes to the miner
public record Fees(BigInteger max, BigInteger priority) {
  public Fees {
    if (priority.compareTo(max) > 0) {
      throw new IllegalArgumentException("the tip " + priority + " exceeds the limit " + max);
    }
  }

  /// Enough to replace a transaction that carries these fees: miners want at least 10 % more of
  /// both; 13 % leaves room for rounding.
  public Fees bumped() {
    return new Fees(bump(max), bump(priority));
  }

  /// The higher of both, part by part.
  public Fees atLeast(Fees other) {
    return new Fees(max.max(other.max), priority.max(other.priority));
  }

  private static BigInteger bump(BigInteger fee) {
    BigInteger hundred = BigInteger.valueOf(100);
    return fee.multiply(BigInteger.valueOf(113)).add(hundred).divide(hundred).add(BigInteger.ONE);
  }
}
